"""SQL statements that match a batch of labels, judge it, and write what follows from it.

Each works on all labels of the batch at once, on sqlite and PostgreSQL alike. Temporary tables:
``label_batch`` (what was said), ``label_matches`` (of which prediction), ``label_verdicts``.
"""

# By the id of the prediction. Every prediction has a row 0, and all of its rows have one time.
_BY_PREDICTION = """
INSERT INTO label_matches (position, prediction_id, "row", at, offset_s, misfit)
SELECT b.position, f.prediction_id, coalesce(b."row", 0), f.at, 0,
       CASE WHEN b."row" IS NULL AND second.prediction_id IS NOT NULL THEN 'ambiguous_row'
            WHEN b."row" > 0 AND p.prediction_id IS NULL THEN 'no_such_row' END
FROM label_batch AS b
JOIN predictions AS f ON f.prediction_id = b.name AND f."row" = 0
LEFT JOIN predictions AS p
  ON p.prediction_id = f.prediction_id AND p."row" = b."row" AND b."row" > 0
LEFT JOIN predictions AS second
  ON second.prediction_id = f.prediction_id AND second."row" = 1 AND b."row" IS NULL
WHERE b.named_by IN ('prediction', 'feedback') AND b.misfit IS NULL
  AND f.problem = :problem AND f.shadow_of IS NULL
"""
# By the id of a request, of which there may be several; feedback that named no prediction, too.
_BY_REQUEST = """
INSERT INTO label_matches (position, prediction_id, "row", at, offset_s, misfit)
SELECT b.position, f.prediction_id, coalesce(b."row", 0), f.at, 0,
       CASE WHEN f.predictions > 1 THEN 'ambiguous'
            WHEN b."row" IS NULL AND second.prediction_id IS NOT NULL THEN 'ambiguous_row'
            WHEN b."row" > 0 AND p.prediction_id IS NULL THEN 'no_such_row' END
FROM (
  SELECT b.position, min(p.prediction_id) AS prediction_id, min(p.at) AS at,
         count(*) AS predictions
  FROM label_batch AS b JOIN predictions AS p ON p.request_id = b.name AND p."row" = 0
  WHERE b.named_by IN ('request', 'feedback') AND b.misfit IS NULL
    AND p.problem = :problem AND p.shadow_of IS NULL
    AND NOT EXISTS (SELECT 1 FROM label_matches AS m WHERE m.position = b.position)
  GROUP BY b.position
) AS f
JOIN label_batch AS b ON b.position = f.position
LEFT JOIN predictions AS p
  ON p.prediction_id = f.prediction_id AND p."row" = b."row" AND b."row" > 0
LEFT JOIN predictions AS second
  ON second.prediction_id = f.prediction_id AND second."row" = 1 AND b."row" IS NULL
"""
# By a key and a time: two reads of an index find the neighbours in time, however many there are.
_BY_ENTITY = """
INSERT INTO label_matches (position, prediction_id, "row", at, offset_s, misfit)
SELECT position, prediction_id, "row", at, time - at, NULL
FROM (
  SELECT n.position, n.time, p.prediction_id, p."row", p.at,
         row_number() OVER (PARTITION BY n.position ORDER BY p.prediction_id, p."row") AS place
  FROM (
    SELECT position, name, time,
           CASE WHEN after IS NULL OR time - before <= after - time THEN before ELSE after END
             AS nearest
    FROM (
      SELECT b.position, b.name, b.time,
             (SELECT max(p.at) FROM predictions AS p
              WHERE p.problem = :problem AND p.entity = b.name AND p.shadow_of IS NULL
                AND p.at <= b.time AND p.at >= b.earliest) AS before,
             (SELECT min(p.at) FROM predictions AS p
              WHERE p.problem = :problem AND p.entity = b.name AND p.shadow_of IS NULL
                AND p.at > b.time AND p.at <= b.latest) AS after
      FROM label_batch AS b WHERE b.named_by = 'entity' AND b.misfit IS NULL
    ) AS neighbours
  ) AS n
  JOIN predictions AS p ON p.problem = :problem AND p.entity = n.name AND p.at = n.nearest
   AND p.shadow_of IS NULL
) AS found
WHERE place = 1
"""
MATCH = (_BY_PREDICTION, _BY_REQUEST, _BY_ENTITY)
# Of several labels of one row the nearest in time counts, and of these the latest. The first cases
# are about the other ones, the last about the label that counts beside what was known before.
_VERDICTS_OF_MATCHES = """
INSERT INTO label_verdicts (position, prediction_id, "row", at, offset_s, verdict)
WITH ranked AS (
  SELECT m.position, row_number() OVER best AS nth, first_value(m.position) OVER best AS best
  FROM label_matches AS m JOIN label_batch AS b ON b.position = m.position
  WHERE m.misfit IS NULL
  WINDOW best AS (
    PARTITION BY m.prediction_id, m."row"
    ORDER BY abs(m.offset_s), coalesce(b.labelled_at, b.received_at) DESC, b.received_at DESC,
      m.position DESC)
)
SELECT m.position, m.prediction_id, m."row", m.at, m.offset_s,
  CASE
    WHEN nth > 1 AND abs(m.offset_s) > abs(first.offset_s) THEN 'farther'
    WHEN nth > 1 AND (b.truth = other.truth OR b.truth_label = other.truth_label)
      THEN 'repeated'
    WHEN nth > 1 AND b.source <> 'feedback' THEN 'outdated'
    WHEN nth > 1 THEN 'contradiction'
    WHEN l.prediction_id IS NULL THEN 'joined'
    WHEN abs(m.offset_s) > abs(l.offset_s) THEN 'farther'
    WHEN abs(m.offset_s) < abs(l.offset_s) THEN 'nearer'
    WHEN b.truth = l.truth OR b.truth_label = l.truth_label THEN 'repeated'
    WHEN b.source = 'feedback' THEN 'contradiction'
    WHEN b.labelled_at < l.labelled_at THEN 'outdated'
    WHEN (b.labelled_at IS NULL OR l.labelled_at IS NULL) AND b.received_at < l.received_at
      THEN 'outdated'
    WHEN EXISTS (
      SELECT 1 FROM label_history AS h
      WHERE h.prediction_id = m.prediction_id AND h."row" = m."row"
        AND h.statement = b.statement AND h.delivery = b.delivery) THEN 'repeated'
    ELSE 'corrected'
  END
FROM ranked AS r
JOIN label_matches AS m ON m.position = r.position
JOIN label_batch AS b ON b.position = r.position
JOIN label_matches AS first ON first.position = r.best
JOIN label_batch AS other ON other.position = r.best
LEFT JOIN labels AS l ON l.prediction_id = m.prediction_id AND l."row" = m."row"
"""
_OTHER_VERDICTS = """
INSERT INTO label_verdicts (position, prediction_id, verdict, reason)
SELECT b.position, m.prediction_id, coalesce(b.misfit, m.misfit, 'unmatched'), b.reason
FROM label_batch AS b LEFT JOIN label_matches AS m ON m.position = b.position
WHERE b.misfit IS NOT NULL OR m.position IS NULL OR m.misfit IS NOT NULL
"""
_VERDICT_REASONS = """
UPDATE label_verdicts SET reason = CASE verdict
  WHEN 'unmatched' THEN :unmatched_reason
  WHEN 'farther' THEN :farther_reason
  WHEN 'ambiguous' THEN :ambiguous_reason
  WHEN 'ambiguous_row' THEN :ambiguous_row_reason
  WHEN 'no_such_row' THEN :no_such_row_reason
  WHEN 'contradiction' THEN :contradiction_reason END
WHERE reason IS NULL AND verdict NOT IN ('joined', 'corrected', 'nearer', 'repeated', 'outdated')
"""
JUDGE = (_VERDICTS_OF_MATCHES, _OTHER_VERDICTS, _VERDICT_REASONS)

_OUTCOME = (
    'prediction_id, "row", problem, at, truth, truth_label, labelled_at, received_at, source,'
    " delivery, statement, offset_s"
)
_SAID = (
    'v.prediction_id, v."row", :problem, v.at, b.truth, b.truth_label, b.labelled_at,'
    " b.received_at, b.source, b.delivery, b.statement, v.offset_s"
)
_MISFIT = (
    'statement, problem, kind, reason, place, named_by, name, "row", time, truth, truth_label,'
    " labelled_at, received_at, source, delivery, earliest, latest, waits_until"
)
_FROM_VERDICTS = "FROM label_verdicts AS v JOIN label_batch AS b ON b.position = v.position"
_FROM_REPLACED = (
    "FROM label_verdicts AS v"
    ' JOIN labels AS l ON l.prediction_id = v.prediction_id AND l."row" = v."row"'
)
WRITE = (
    f"""
INSERT INTO label_history ({_OUTCOME}, superseded_at)
SELECT l.prediction_id, l."row", l.problem, l.at, l.truth, l.truth_label, l.labelled_at,
       l.received_at, l.source, l.delivery, l.statement, l.offset_s, :now
{_FROM_REPLACED}
WHERE v.verdict IN ('corrected', 'nearer')
""",
    # The label of a farther time may be another prediction's, which is not logged yet.
    f"""
INSERT INTO label_quarantine ({_MISFIT})
SELECT l.statement, l.problem, 'farther', :farther_reason, NULL, 'entity', p.entity, NULL,
       l.at + l.offset_s, l.truth, l.truth_label, l.labelled_at, l.received_at, l.source,
       l.delivery, l.at + l.offset_s - abs(l.offset_s),
       l.at + l.offset_s + abs(l.offset_s), b.waits_until
{_FROM_REPLACED}
JOIN label_batch AS b ON b.position = v.position
JOIN predictions AS p ON p.prediction_id = l.prediction_id AND p."row" = l."row"
WHERE v.verdict = 'nearer' AND l.statement IS NOT NULL AND p.entity IS NOT NULL
ON CONFLICT DO NOTHING
""",
    f"""
INSERT INTO label_history ({_OUTCOME}, superseded_at)
SELECT {_SAID}, :now
{_FROM_VERDICTS}
WHERE v.verdict = 'outdated' AND NOT EXISTS (
  SELECT 1 FROM label_history AS h
  WHERE h.prediction_id = v.prediction_id AND h."row" = v."row" AND h.statement = b.statement)
""",  # noqa: S608 - names of columns
    f"""
INSERT INTO labels ({_OUTCOME})
SELECT {_SAID}
{_FROM_VERDICTS}
WHERE v.verdict IN ('joined', 'corrected', 'nearer')
ON CONFLICT (prediction_id, "row") DO UPDATE SET
  truth = excluded.truth, truth_label = excluded.truth_label, labelled_at = excluded.labelled_at,
  received_at = excluded.received_at, source = excluded.source, delivery = excluded.delivery,
  statement = excluded.statement, offset_s = excluded.offset_s
""",
    # What was put aside before and counts now.
    f"""
DELETE FROM label_quarantine WHERE statement IN (
  SELECT b.statement {_FROM_VERDICTS}
  WHERE v.verdict IN ('joined', 'corrected', 'nearer', 'repeated', 'outdated'))
""",  # noqa: S608 - names of columns
    f"""
INSERT INTO label_quarantine ({_MISFIT})
SELECT b.statement, :problem, v.verdict, v.reason, b.place, b.named_by, b.name, b."row", b.time,
       b.truth, b.truth_label, b.labelled_at, b.received_at, b.source, b.delivery,
       b.earliest, b.latest, CASE WHEN v.verdict IN ('unmatched', 'farther') THEN b.waits_until END
{_FROM_VERDICTS}
WHERE v.verdict NOT IN ('joined', 'corrected', 'nearer', 'repeated', 'outdated')
ON CONFLICT (statement) DO UPDATE SET
  kind = excluded.kind, reason = excluded.reason, place = excluded.place,
  received_at = excluded.received_at, source = excluded.source, delivery = excluded.delivery,
  earliest = excluded.earliest, latest = excluded.latest, waits_until = excluded.waits_until
""",
)

# Some labels that waited, as a batch.
STAGE_WAITING = """
INSERT INTO label_batch (position, statement, named_by, name, "row", time, earliest, latest, truth,
                         truth_label, labelled_at, place, received_at, source, delivery,
                         waits_until)
SELECT row_number() OVER (ORDER BY q.received_at, q.statement), q.statement, q.named_by, q.name,
       q."row", q.time, q.earliest, q.latest, q.truth, q.truth_label, q.labelled_at, q.place,
       q.received_at, q.source, q.delivery, q.waits_until
FROM label_quarantine AS q WHERE q.statement IN :arrived
"""
_PAGE = """
      SELECT * FROM label_quarantine
      WHERE problem = :problem AND waits_until > :now AND statement > :after
        AND received_at < :before
      ORDER BY statement LIMIT :rows"""
# A page of labels that wait, with whether a prediction has come. That of a key is of use if it has
# no label that is as near.
FIND_ARRIVALS = f"""
SELECT q.statement, EXISTS (
    SELECT 1 FROM predictions AS p
    WHERE q.named_by IN ('prediction', 'feedback') AND p.prediction_id = q.name
      AND p."row" = 0 AND p.problem = q.problem AND p.shadow_of IS NULL)
  OR EXISTS (
    SELECT 1 FROM predictions AS p
    WHERE q.named_by IN ('request', 'feedback') AND p.request_id = q.name
      AND p."row" = 0 AND p.problem = q.problem AND p.shadow_of IS NULL)
  OR EXISTS (
    SELECT 1 FROM predictions AS p
    WHERE q.named_by = 'entity' AND p.problem = q.problem AND p.entity = q.name
      AND p.at >= q.earliest AND p.at <= q.latest AND p.shadow_of IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM labels AS l
        WHERE l.prediction_id = p.prediction_id AND l."row" = p."row"
          AND abs(l.offset_s) <= abs(q.time - p.at))) AS has_arrived
FROM ({_PAGE}) AS q
"""  # noqa: S608 - no values
# How the labels of such a page name their predictions.
NAMES_THAT_WAIT = f"""
SELECT named_by, name, time, earliest, latest FROM ({_PAGE}) AS q
"""  # noqa: S608 - no values
