ALTER TABLE `evaluations` ADD `sampler` text;--> statement-breakpoint
ALTER TABLE `evaluations` ADD `top_p` real;