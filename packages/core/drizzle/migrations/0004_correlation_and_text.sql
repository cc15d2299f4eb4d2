ALTER TABLE `evaluations` ADD `entropy_correlation` real;--> statement-breakpoint
ALTER TABLE `runs` ADD `corpus_hash` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `tokenizer_hash` text;