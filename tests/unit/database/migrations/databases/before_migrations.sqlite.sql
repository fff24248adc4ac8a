BEGIN TRANSACTION;
CREATE TABLE drift_reports (
	id INTEGER NOT NULL, 
	problem VARCHAR(64) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	share FLOAT, 
	threshold FLOAT NOT NULL, 
	rows INTEGER NOT NULL, 
	columns JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "drift_reports" VALUES(1,'flats','1',1000.0,'drift',0.5,0.3,500,'[]');
CREATE TABLE feedback (
	feedback_id VARCHAR(64) NOT NULL, 
	"row" INTEGER NOT NULL, 
	problem VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	prediction_id TEXT NOT NULL, 
	truth FLOAT, 
	truth_label TEXT, 
	reward FLOAT, 
	PRIMARY KEY (feedback_id, "row")
);
INSERT INTO "feedback" VALUES('f1',0,'homes',2.0,'answered',4.0,NULL,NULL);
INSERT INTO "feedback" VALUES('f1',1,'homes',2.0,'answered',5.0,NULL,NULL);
CREATE TABLE feedback_verdicts (
	feedback_id VARCHAR(64) NOT NULL, 
	problem VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	prediction_id VARCHAR(64), 
	verdict VARCHAR(32) NOT NULL, 
	PRIMARY KEY (feedback_id)
);
INSERT INTO "feedback_verdicts" VALUES('f1','homes',2.0,'answered','accepted');
CREATE TABLE predictions (
	prediction_id VARCHAR(64) NOT NULL, 
	"row" INTEGER NOT NULL, 
	problem VARCHAR(64) NOT NULL, 
	version VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	request_id TEXT, 
	at FLOAT NOT NULL, 
	entity TEXT, 
	features TEXT NOT NULL, 
	prediction FLOAT, 
	label TEXT, 
	shadow_of VARCHAR(64), 
	PRIMARY KEY (prediction_id, "row")
);
INSERT INTO "predictions" VALUES('answered',0,'homes','3','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',NULL,1700000002.0,'7','{"area":1.0,"floor":null}',2.0,NULL,NULL);
INSERT INTO "predictions" VALUES('answered',1,'homes','3','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',NULL,1700000002.0,'7','{"area":2.0,"floor":null}',4.0,NULL,NULL);
INSERT INTO "predictions" VALUES('shadow',0,'homes','3','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',NULL,1700000001.0,'7','{"area":1.0,"floor":null}',2.0,NULL,'answered');
CREATE TABLE task_runs (
	id INTEGER NOT NULL, 
	problem VARCHAR(64) NOT NULL, 
	task VARCHAR(16) NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "task_runs" VALUES(1,'churn','drift','succeeded',1.79577841519640612599e+09);
CREATE INDEX feedback_by_time ON feedback (problem, at);
CREATE INDEX feedback_verdicts_by_prediction ON feedback_verdicts (prediction_id);
CREATE INDEX feedback_verdicts_by_time ON feedback_verdicts (problem, at);
CREATE INDEX predictions_by_request ON predictions (request_id);
CREATE INDEX predictions_by_time ON predictions (problem, at);
CREATE INDEX drift_reports_newest ON drift_reports (problem, at);
CREATE INDEX task_runs_newest ON task_runs (problem, task, at);
COMMIT;
