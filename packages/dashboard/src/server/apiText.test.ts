/** @file The documented interface is the one that is served. */
import { expect, it } from "vitest";
import { protocol } from "../protocol.js";
import { apiText } from "./apiText.js";

it("docs/dashboard/api.md says every address with its parts, as protocol.ts declares them", async () => {
  await expect(apiText()).toMatchFileSnapshot("../../../../docs/dashboard/api.md");
  for (const path of Object.keys(protocol)) expect(apiText()).toContain(`\`${path}\``);
});
