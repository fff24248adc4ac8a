"""Words that tables write for a missing value; a category's value may be any of them."""

MISSING_WORDS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None")
