CREATE TABLE `checkpoints` (
	`hash` text NOT NULL,
	`run_id` text NOT NULL,
	`round` integer NOT NULL,
	`weights` text NOT NULL,
	`path` text NOT NULL,
	`update` integer NOT NULL,
	`teacher_hash` text,
	`created_at` text NOT NULL,
	PRIMARY KEY(`hash`, `run_id`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `checkpoints_by_run` ON `checkpoints` (`run_id`);--> statement-breakpoint
CREATE TABLE `evaluations` (
	`key` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`round` integer NOT NULL,
	`checkpoint_hash` text NOT NULL,
	`weights` text NOT NULL,
	`metric` text NOT NULL,
	`definition` text NOT NULL,
	`judge_hash` text,
	`steps` integer,
	`nfe` real,
	`seed` integer NOT NULL,
	`temperature` real NOT NULL,
	`dtype` text NOT NULL,
	`n` integer NOT NULL,
	`value` real,
	`stderr` real,
	`entropy` real,
	`entropy_stderr` real,
	`wall_ms` real,
	`created_at` text NOT NULL,
	`nan_columns` text DEFAULT '' NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `evaluations_by_checkpoint` ON `evaluations` (`checkpoint_hash`);--> statement-breakpoint
CREATE INDEX `evaluations_by_run` ON `evaluations` (`run_id`);--> statement-breakpoint
CREATE INDEX `evaluations_by_metric` ON `evaluations` (`metric`,`steps`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`at` text NOT NULL,
	`kind` text NOT NULL,
	`message` text NOT NULL,
	`data` text,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `events_by_run` ON `events` (`run_id`,`at`);--> statement-breakpoint
CREATE TABLE `experiments` (
	`name` text PRIMARY KEY NOT NULL,
	`question` text DEFAULT '' NOT NULL,
	`created_at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `notes` (
	`id` text PRIMARY KEY NOT NULL,
	`experiment` text NOT NULL,
	`at` text NOT NULL,
	`author` text NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`experiment`) REFERENCES `experiments`(`name`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `notes_by_experiment` ON `notes` (`experiment`,`at`);--> statement-breakpoint
CREATE TABLE `rounds` (
	`run_id` text NOT NULL,
	`round` integer NOT NULL,
	`dt` real NOT NULL,
	`updates` integer NOT NULL,
	`teacher_hash` text NOT NULL,
	`student_hash` text,
	`started_at` text NOT NULL,
	`finished_at` text,
	PRIMARY KEY(`run_id`, `round`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`experiment` text NOT NULL,
	`stage` text NOT NULL,
	`round` integer NOT NULL,
	`seed` integer NOT NULL,
	`config` text NOT NULL,
	`config_hash` text NOT NULL,
	`commit` text NOT NULL,
	`dirty` integer NOT NULL,
	`engine` text NOT NULL,
	`machine` text NOT NULL,
	`command` text NOT NULL,
	`teacher_hash` text,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`started_at` text NOT NULL,
	`heartbeat_at` text NOT NULL,
	`finished_at` text,
	FOREIGN KEY (`experiment`) REFERENCES `experiments`(`name`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `runs_by_experiment` ON `runs` (`experiment`,`started_at`);--> statement-breakpoint
CREATE TABLE `samples` (
	`evaluation_key` text NOT NULL,
	`index` integer NOT NULL,
	`seed` integer NOT NULL,
	`text` text NOT NULL,
	`ids` text,
	`reveal_steps` text,
	`nll` real,
	`nan_columns` text DEFAULT '' NOT NULL,
	PRIMARY KEY(`evaluation_key`, `index`),
	FOREIGN KEY (`evaluation_key`) REFERENCES `evaluations`(`key`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE TABLE `train_points` (
	`run_id` text NOT NULL,
	`update` integer NOT NULL,
	`loss` real,
	`learning_rate` real,
	`grad_norm` real,
	`validation_loss` real,
	`tokens` integer NOT NULL,
	`wall_ms` real,
	`nan_columns` text DEFAULT '' NOT NULL,
	PRIMARY KEY(`run_id`, `update`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
