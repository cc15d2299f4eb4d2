CREATE TABLE `run_tags` (
	`run_id` text NOT NULL,
	`tag` text NOT NULL,
	`is_set` integer NOT NULL,
	`author` text NOT NULL,
	`at` text NOT NULL,
	PRIMARY KEY(`run_id`, `tag`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
ALTER TABLE `notes` ADD `week` text;--> statement-breakpoint
ALTER TABLE `notes` ADD `verdict` text;--> statement-breakpoint
ALTER TABLE `samples` ADD `pieces` text;--> statement-breakpoint
CREATE INDEX `evaluations_by_time` ON `evaluations` (`created_at`,`run_id`);