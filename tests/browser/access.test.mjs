// What everybody can read and reach: contrast, names, sizes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1440, 1024, 390]) {
    test(`the page holds WCAG AA and fits, ${colorScheme}, ${width} wide`, async () => {
      const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7", { width, colorScheme });
      await page.locator('[data-testid="pod-card"][data-state="ready"]').first().waitFor({ state: "attached" });
      await shoot(page, `page-${width}-${colorScheme}`);
      const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
      const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
      assert.deepEqual(violations, []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, "nothing sticks out sideways");
      assert.deepEqual(problems, []);
    });
  }
}
