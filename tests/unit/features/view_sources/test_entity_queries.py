"""Queries that are proved to compute an entity's rows from its own rows alone, and all others."""

import pytest

from homestead.features.view_sources.entity_queries import is_computed_by_entity
from tests.bucketed import visits_problem

BY_ENTITY = {
    "columns": "SELECT shop, day AS event_timestamp, sales * 2 AS f FROM rows WHERE visits > 1",
    "group": "SELECT shop, max(day) AS event_timestamp, sum(sales) AS f FROM rows GROUP BY shop",
    "group by place": "SELECT shop, day, sum(sales) AS f FROM rows GROUP BY 1, 2",
    "group by all": "SELECT SHOP, day, count(*) AS f FROM rows GROUP BY ALL ORDER BY f;",
    "window": "SELECT shop, day, avg(sales) OVER (PARTITION BY shop ORDER BY day) AS f FROM rows",
    "named window": "SELECT shop, day, avg(sales) OVER w AS f FROM rows"
    " WINDOW w AS (PARTITION BY town, shop ORDER BY day)",
    "qualify": "SELECT shop, day, sales AS f FROM rows"
    " QUALIFY row_number() OVER (PARTITION BY shop, day ORDER BY id) = 1",
    "chain": "WITH a AS (SELECT * FROM rows), b AS (SELECT shop, day, sum(sales) AS s FROM a"
    " GROUP BY shop, day) SELECT shop, day, avg(s) OVER (PARTITION BY shop) AS f FROM b",
    "inner": "SELECT shop, day, f FROM (SELECT DISTINCT shop, day, sales AS f FROM rows) AS t",
}
AS_A_WHOLE = {
    "group by other": "SELECT max(shop) AS shop, day, sum(sales) AS f FROM rows GROUP BY day",
    "no group": "SELECT 1 AS shop, max(day) AS day, sum(sales) AS f FROM rows",
    "having": "SELECT shop, day, sum(sales) AS f FROM rows GROUP BY shop, day"
    " HAVING sum(sales) > (SELECT avg(sales) FROM rows)",
    "window over all": "SELECT shop, day, avg(sales) OVER (ORDER BY day) AS f FROM rows",
    "one of two windows": "SELECT shop, day, avg(sales) OVER (PARTITION BY shop)"
    " - avg(sales) OVER () AS f FROM rows",
    "expression of the entity": "SELECT shop, day, avg(sales) OVER (PARTITION BY shop % 2) AS f"
    " FROM rows",
    "limit": "SELECT shop, day, sales AS f FROM rows LIMIT 10",
    "sample": "SELECT shop, day, sales AS f FROM rows USING SAMPLE 10%",
    "distinct on": "SELECT DISTINCT ON (day) shop, day, sales AS f FROM rows",
    "join": "SELECT a.shop, a.day, b.sales AS f FROM rows AS a JOIN rows AS b ON a.day = b.day",
    "cross": "SELECT shop, day, i AS f FROM rows, range(3) AS t(i)",
    "union": "SELECT shop, day, sales AS f FROM rows UNION SELECT shop, day, 1 FROM rows",
    "subquery": "SELECT shop, day, (SELECT max(sales) FROM rows) AS f FROM rows",
    "exists": "SELECT shop, day, 1 AS f FROM rows WHERE day IN (SELECT max(day) FROM rows)",
    "another column's name": "SELECT id AS shop, day, sales AS f FROM rows",
    "renamed inside": "WITH a AS (SELECT shop + 1 AS shop, day, sales FROM rows)"
    " SELECT shop, day, sum(sales) AS f FROM a GROUP BY ALL",
    "swapped inside": "SELECT shop, day, f FROM"
    " (SELECT id AS shop, shop AS id, day, sales AS f FROM rows) AS t",
    "columns renamed": "SELECT shop, day, 1 AS f FROM rows AS t(shop, day)",
    "star replaced": "SELECT * REPLACE (id AS shop) FROM rows",
    "grouping sets": "SELECT shop, day, sum(sales) AS f FROM rows GROUP BY ROLLUP (shop, day)",
    "random": "SELECT shop, day, random() AS f FROM rows",
    "clock": "SELECT shop, day, epoch(now()) AS f FROM rows",
    "shadowed table": "WITH rows AS (SELECT 1 AS shop, day, sum(sales) AS f FROM rows GROUP BY ALL)"
    " SELECT shop, day, f FROM rows",
    "pivot": "PIVOT rows ON town USING sum(sales) GROUP BY shop",
    "no query": "DELETE FROM rows",
    "two": "SELECT shop FROM rows; SELECT shop FROM rows",
    "nonsense": "SELEKT",
}


@pytest.mark.parametrize("query", BY_ENTITY.values(), ids=BY_ENTITY)
def test_an_entity_s_rows_suffice(query: str) -> None:
    assert is_computed_by_entity(query, "shop", visits_problem())


@pytest.mark.parametrize("query", AS_A_WHOLE.values(), ids=AS_A_WHOLE)
def test_what_is_not_proved_is_computed_as_a_whole(query: str) -> None:
    assert not is_computed_by_entity(query, "shop", visits_problem())


def test_names_that_differ_in_case_only_prove_nothing() -> None:
    problem = visits_problem()
    columns = {**problem.columns, "Shop": problem.columns["id"]}
    query = BY_ENTITY["columns"]
    assert is_computed_by_entity(query, "shop", problem)
    assert not is_computed_by_entity(query, "shop", problem.model_copy(update={"columns": columns}))
