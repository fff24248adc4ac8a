"""Description of a version: the card's part and the release's are written by two steps."""

from homestead.tracking.pages.descriptions import MAX_LENGTH, with_card, with_release

CARD = "mape 14% on the holdout.\n\n- **Model:** ridge"
RELEASE = "Release flats-1: promoted. better"


def test_each_part_is_replaced_and_the_other_stays() -> None:
    both = with_release(with_card("", CARD), RELEASE)
    assert both.startswith(CARD)
    assert both.endswith(RELEASE)
    assert with_release(both, "rolled back") == both.replace(RELEASE, "rolled back")
    assert with_card(both, "another") == both.replace(CARD, "another")
    assert with_card(with_card("", CARD), CARD) == CARD


def test_the_text_of_an_earlier_version_is_its_release() -> None:
    assert with_release("Release flats-1: paused. ", RELEASE) == RELEASE
    assert with_card(RELEASE, CARD).endswith(RELEASE)


def test_a_long_card_is_cut_and_the_release_is_not() -> None:
    text = with_card(RELEASE, "x" * 9000)
    assert len(text) == MAX_LENGTH
    assert text.endswith(RELEASE)
