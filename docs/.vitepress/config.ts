import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

/** Headings are found by the names that GitHub gives them, so that one link serves both. */
const slugify = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

// tools/site stages the pages and this file in docs/.site; what the sidebar holds follows from the pages
export default defineConfig({
  title: "RewardLab",
  description: "Which part of the method made the difference? Experiments in reinforcement learning of multimodal reward models.",
  lang: "en-GB",
  head: [
    ["link", { rel: "icon", href: "data:," }],
    ["style", {}, ".VPDoc.has-aside .content-container { max-width: 900px !important }"], // equations are wide
  ],
  outDir: "dist", // beside the pages, docs/.site/dist
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Write an algorithm", link: "/guides/write-an-algorithm" },
      { text: "Algorithms", link: "/algorithms/" },
      { text: "Reference", link: "/reference/" },
      { text: "Glossary", link: "/glossary" },
    ],
    sidebar: JSON.parse(readFileSync(new URL("sidebar.json", import.meta.url), "utf8")),
  },
});
