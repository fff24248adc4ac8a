CREATE TABLE public.drift_reports (
    id integer NOT NULL,
    problem character varying(64) NOT NULL,
    version character varying(64) NOT NULL,
    at double precision NOT NULL,
    verdict character varying(16) NOT NULL,
    share double precision,
    threshold double precision NOT NULL,
    rows integer NOT NULL,
    columns json NOT NULL
);
CREATE SEQUENCE public.drift_reports_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.drift_reports_id_seq OWNED BY public.drift_reports.id;
CREATE TABLE public.feedback (
    feedback_id character varying(64) NOT NULL,
    "row" integer NOT NULL,
    problem character varying(64) NOT NULL,
    at double precision NOT NULL,
    prediction_id text NOT NULL,
    truth double precision,
    truth_label text,
    reward double precision
);
CREATE TABLE public.feedback_verdicts (
    feedback_id character varying(64) NOT NULL,
    problem character varying(64) NOT NULL,
    at double precision NOT NULL,
    prediction_id character varying(64),
    verdict character varying(32) NOT NULL
);
CREATE TABLE public.predictions (
    prediction_id character varying(64) NOT NULL,
    "row" integer NOT NULL,
    problem character varying(64) NOT NULL,
    version character varying(32) NOT NULL,
    digest character varying(64) NOT NULL,
    request_id text,
    at double precision NOT NULL,
    entity text,
    features text NOT NULL,
    prediction double precision,
    label text,
    shadow_of character varying(64)
);
CREATE TABLE public.task_runs (
    id integer NOT NULL,
    problem character varying(64) NOT NULL,
    task character varying(16) NOT NULL,
    outcome character varying(16) NOT NULL,
    at double precision NOT NULL
);
CREATE SEQUENCE public.task_runs_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.task_runs_id_seq OWNED BY public.task_runs.id;
ALTER TABLE ONLY public.drift_reports ALTER COLUMN id SET DEFAULT nextval('public.drift_reports_id_seq'::regclass);
ALTER TABLE ONLY public.task_runs ALTER COLUMN id SET DEFAULT nextval('public.task_runs_id_seq'::regclass);
INSERT INTO public.drift_reports VALUES (1, 'flats', '1', 1000, 'drift', 0.5, 0.3, 500, '[]');
INSERT INTO public.feedback VALUES ('f1', 0, 'homes', 2, 'answered', 4, NULL, NULL);
INSERT INTO public.feedback VALUES ('f1', 1, 'homes', 2, 'answered', 5, NULL, NULL);
INSERT INTO public.feedback_verdicts VALUES ('f1', 'homes', 2, 'answered', 'accepted');
INSERT INTO public.predictions VALUES ('answered', 0, 'homes', '3', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', NULL, 1700000002, '7', '{"area":1.0,"floor":null}', 2, NULL, NULL);
INSERT INTO public.predictions VALUES ('answered', 1, 'homes', '3', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', NULL, 1700000002, '7', '{"area":2.0,"floor":null}', 4, NULL, NULL);
INSERT INTO public.predictions VALUES ('shadow', 0, 'homes', '3', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', NULL, 1700000001, '7', '{"area":1.0,"floor":null}', 2, NULL, 'answered');
INSERT INTO public.task_runs VALUES (1, 'churn', 'drift', 'succeeded', 1795778617.194279);
SELECT pg_catalog.setval('public.drift_reports_id_seq', 1, true);
SELECT pg_catalog.setval('public.task_runs_id_seq', 1, true);
ALTER TABLE ONLY public.drift_reports
    ADD CONSTRAINT drift_reports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (feedback_id, "row");
ALTER TABLE ONLY public.feedback_verdicts
    ADD CONSTRAINT feedback_verdicts_pkey PRIMARY KEY (feedback_id);
ALTER TABLE ONLY public.predictions
    ADD CONSTRAINT predictions_pkey PRIMARY KEY (prediction_id, "row");
ALTER TABLE ONLY public.task_runs
    ADD CONSTRAINT task_runs_pkey PRIMARY KEY (id);
CREATE INDEX drift_reports_newest ON public.drift_reports USING btree (problem, at);
CREATE INDEX feedback_by_time ON public.feedback USING btree (problem, at);
CREATE INDEX feedback_verdicts_by_prediction ON public.feedback_verdicts USING btree (prediction_id);
CREATE INDEX feedback_verdicts_by_time ON public.feedback_verdicts USING btree (problem, at);
CREATE INDEX predictions_by_request ON public.predictions USING btree (request_id);
CREATE INDEX predictions_by_time ON public.predictions USING btree (problem, at);
CREATE INDEX task_runs_newest ON public.task_runs USING btree (problem, task, at);
