-- made: the skeleton of $events events of $users people over 90 days from $start, in the order of their receipt.
-- u(x, n): a number in [0, 1) that belongs to x; the same arguments, the same events.
CREATE OR REPLACE TEMP MACRO u(x, n) AS (hash(x::BIGINT * 64 + n) >> 11) / 9007199254740992.0;

CREATE OR REPLACE TEMP TABLE people AS
SELECT p, floor(88 * u(p, 1))::INT AS born,
       u(p, 2) < 0.7 AS signs_up,
       u(p, 3) < 0.2 AS has_phone,
       least(300.0, pow(1 - u(p, 4), -0.55)) AS weight
FROM range($users) AS all_people(p);

-- a few come daily, many come once; most come back soon or never
CREATE OR REPLACE TEMP TABLE visits AS
WITH scaled AS (
    SELECT *, least(1023, greatest(1, ceil(weight * $events / 7.0 / sum(weight) OVER ())))::INT AS visits FROM people
), each_visit AS (
    SELECT p, born, signs_up, has_phone, unnest(range(visits)) AS number FROM scaled
), placed AS (
    SELECT p, number, signs_up, p * 1024 + number AS v,
           has_phone AND number > 0 AND u(p * 1024 + number, 5) < 0.35 AS on_phone,
           born + CASE WHEN number = 0 THEN 0 ELSE floor((90 - born) * pow(u(p * 1024 + number, 6), 1.8)) END AS day,
           3 + floor(16 * pow(u(p * 1024 + number, 7), 2))::INT AS events
    FROM each_visit
), timed AS (
    SELECT *, $start::TIMESTAMP + to_days(day::INT) + to_milliseconds(
               (3600000 * (6 + 8 * u(v, 8) + 8 * u(v, 9)) + 1000 * u(v, 10))::BIGINT
           ) AS begins,
           sum(events) OVER (ORDER BY hash(v) ROWS UNBOUNDED PRECEDING) - events AS before
    FROM placed
)
SELECT * REPLACE (least(events, ($events - before)::INT) AS events) FROM timed WHERE before < $events;

CREATE OR REPLACE TABLE skeleton AS
WITH each_event AS (
    SELECT *, unnest(range(events)) AS k FROM visits
), timed AS (
    SELECT *, v * 32 + k AS e,
           begins + to_milliseconds((k * 32000 + 28000 * u(v * 32 + k, 11) * (u(v * 32 + k, 12) > 0.02)::INT)::BIGINT)
               AS ts,
           -- known from the visit's second event on once they sign up; a phone is told who it is on its first visit
           signs_up AND (number > 0 OR k >= 1) AND NOT (on_phone AND number < 3 AND k = 0) AS known
    FROM each_event
), named AS (
    SELECT *, u(e, 13) AS dice, u(e, 14) < 0.01 AS late FROM timed
)
SELECT row_number() OVER (ORDER BY ts + to_seconds(CASE WHEN late THEN (172800 * u(e, 15))::INT ELSE 1 END), e) AS seq,
       p, v, k, e, ts, on_phone, known,
       ts + to_seconds(CASE WHEN late THEN (172800 * u(e, 15))::INT ELSE 1 END) AS received,
       CASE WHEN k = 0 THEN 'page_view'
            WHEN k = 1 AND known AND (number = 0 OR on_phone) THEN '$identify'
            WHEN k = 2 AND known AND number = 0 THEN 'signup_completed'
            WHEN dice < 0.33 THEN 'page_view' WHEN dice < 0.49 THEN 'click' WHEN dice < 0.62 THEN 'page_leave'
            WHEN dice < 0.72 THEN 'web_vital' WHEN dice < 0.81 THEN 'literature_search'
            WHEN dice < 0.87 THEN 'dataset_opened' WHEN dice < 0.91 THEN 'notebook_run'
            WHEN dice < 0.94 THEN 'paper_saved' WHEN dice < 0.96 THEN 'form_start'
            WHEN dice < 0.975 THEN 'form_submit' WHEN dice < 0.985 THEN 'project_created'
            WHEN dice < 0.993 THEN 'export_created' ELSE 'error' END AS event_name
FROM named
