CREATE TABLE `meetings` (
	`hash` text PRIMARY KEY NOT NULL,
	`experiment` text NOT NULL,
	`week` text NOT NULL,
	`at` text NOT NULL,
	`author` text NOT NULL,
	`commit` text NOT NULL,
	`content` text NOT NULL,
	FOREIGN KEY (`experiment`) REFERENCES `experiments`(`name`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `meetings_by_experiment` ON `meetings` (`experiment`,`at`);