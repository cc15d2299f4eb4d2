ALTER TABLE `evaluations` RENAME COLUMN `checkpoint_hash` TO `subject_hash`;--> statement-breakpoint
ALTER TABLE `evaluations` RENAME COLUMN `judge_hash` TO `reference_hash`;--> statement-breakpoint
DROP INDEX `evaluations_by_checkpoint`;--> statement-breakpoint
CREATE INDEX `evaluations_by_subject` ON `evaluations` (`subject_hash`);--> statement-breakpoint
ALTER TABLE `evaluations` ADD `batch` integer;--> statement-breakpoint
-- A time had its batch as n; how often it was taken is in what its run was told.
UPDATE `evaluations` SET `batch` = `n`, `n` = coalesce(
	(SELECT json_extract(`config`, '$.repeats') FROM `runs` WHERE `runs`.`id` = `run_id`), `n`)
	WHERE `metric` = 'ms-per-sample';--> statement-breakpoint
-- Seven commands called themselves curve; their command line says which one it was.
UPDATE `runs` SET `stage` = CASE
	WHEN `command` LIKE 'eval frontier%' THEN 'frontier'
	WHEN `command` LIKE 'eval latency%' THEN 'latency'
	WHEN `command` LIKE 'eval reference%' THEN 'reference'
	WHEN `command` LIKE 'eval report%' THEN 'report'
	WHEN `command` LIKE 'eval story%' THEN 'story'
	WHEN `id` LIKE '%/puzzle-%' THEN 'puzzle'
	ELSE 'curve' END
	WHERE `stage` = 'curve';
