import { expect, it } from "vitest";
import { reportPage } from "./page.js";

const hostile = `</style></title><script>alert("1")</script> \u202eabc\u0007 it's`;

it("a report says title, tables, lines and notes in their order, whatever they are made of, as text", () => {
  const html = reportPage({
    title: hostile,
    about: ["first", "", hostile],
    theme: "dark",
    sections: [
      {
        title: "One",
        figures: ["<svg></svg>"],
        tables: [
          {
            caption: hostile,
            rows: [
              ["head", hostile],
              ["row", "1 < 2"],
            ],
          },
        ],
        lines: [hostile],
        note: "the note",
      },
      { title: "Two", html: "<article>made</article>" },
    ],
  });
  expect(html).not.toMatch(/<script|\u202e/);
  expect(html.match(/<\/style>/g)).toHaveLength(1);
  expect(html).toContain('<th scope="col">head</th>');
  expect(html).toContain('<th scope="row">row</th><td>1 &lt; 2</td>');
  const order = ["first", "One", "<svg>", "<table>", "<li>", "the note", "Two", "<article>made"].map((text) =>
    html.indexOf(text),
  );
  expect([...order].sort((a, b) => a - b)).toEqual(order);
  expect(order[0]).toBeGreaterThan(0);
});

it("a report asks nothing of any address and runs nothing", () => {
  const html = reportPage({ title: "t", about: [], sections: [] });
  expect(html).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  expect(html).not.toMatch(/https?:|<link|<script|url\(/);
});
