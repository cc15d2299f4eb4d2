CREATE TABLE `definitions` (
	`definition` text PRIMARY KEY NOT NULL,
	`metric` text NOT NULL,
	`what` text NOT NULL,
	`unit` text NOT NULL,
	`scale` text NOT NULL,
	`better` text NOT NULL,
	`error_over` text NOT NULL,
	`depends_on_n` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `item_scores` (
	`evaluation_key` text PRIMARY KEY NOT NULL,
	`items` text NOT NULL,
	`sums` blob NOT NULL,
	`counts` blob,
	FOREIGN KEY (`evaluation_key`) REFERENCES `evaluations`(`key`) ON UPDATE no action ON DELETE no action
) STRICT;
