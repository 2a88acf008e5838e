// The architecture, as rules. `npm run check` runs them; each comment says why the rule is there.

const notTests = "\\.(test|bench)\\.ts$";
const plugins = "algo-[^/]+|rewards|models|data|pipeline";

/** The rooms of core, from the ground up: each with those it may know (besides itself), and why no more. Tests may look anywhere. */
const rooms = [
  {
    room: "services/",
    knows: [],
    why: "What is injected into components: the ground, which everybody stands on. Whatever a service needs to know comes through its methods.",
  },
  { room: "formula/", knows: [], why: "A small language by itself: what a formula's names stand for, its readers say." },
  {
    room: "kinds.ts",
    knows: ["services/"],
    why: "What a member of each kind must be. A kind that knew who runs it could be run by nobody else.",
  },
  { room: "stage.ts", knows: ["kinds.ts", "services/"], why: "What a stage works with, whoever wrote it and whatever runs it." },
  {
    room: "items/",
    knows: ["kinds.ts"],
    why: "For authors of datasets, models and rewards: texts and items, however they are trained on.",
  },
  {
    room: "math/",
    knows: ["kinds.ts", "services/", "formula/"],
    why: "Pure functions of tensors. Options, slots and files are for those who call them; so a paper's equation can be read and tested alone.",
  },
  {
    room: "plugin/",
    knows: ["kinds.ts", "stage.ts", "services/", "formula/"],
    why: "How components are defined, registered, resolved and created: any component, so neither ours nor an experiment's.",
  },
  {
    room: "components/",
    knows: ["plugin/", "kinds.ts", "services/", "math/", "formula/"],
    why: "Ours have what a stranger's have. One that knew experiments, runs or the trainer could not be replaced, nor tried on numbers.",
  },
  {
    room: "experiment/",
    knows: ["plugin/", "kinds.ts", "stage.ts", "services/", "formula/"],
    why: "From YAML to checked cells. It can be read, checked and explained without anything being trained, so it knows neither trainer nor run nor plan.",
  },
  {
    room: "training/",
    knows: ["plugin/", "kinds.ts", "stage.ts", "items/", "services/", "math/", "formula/"],
    why: "Stages get typed values and created components: where those were written, and where results will lie, is none of their business.",
  },
  {
    room: "plan/",
    knows: ["experiment/", "plugin/", "kinds.ts", "stage.ts", "services/"],
    why: "It asks stages what they will do. A stage that only the planner knew by name could not be a plugin's.",
  },
  {
    room: "run/",
    knows: ["experiment/", "plugin/", "kinds.ts", "stage.ts", "services/"],
    why: "It runs stages of any plugin, one after the other: those of training/ are no others.",
  },
  {
    room: "probe/",
    knows: ["experiment/", "training/", "plugin/", "kinds.ts", "services/", "math/"],
    why: "It tries components on numbers, by the trainer's own functions; no run and no file is needed for that.",
  },
  {
    room: "standard.ts",
    knows: ["components/", "training/", "plugin/"],
    why: "The list of core's own components, and nothing else.",
  },
];
const core = "^packages/core/src/";
const escaped = (/** @type {string} */ path) => path.replaceAll(".", "\\.");
const roomRules = rooms.map(({ room, knows, why }) => ({
  name: `core-${room.replace(/\/$|\.ts$/, "")}-knows-its-place`,
  comment: `${why} It may know: ${knows.length === 0 ? "nothing else of core" : knows.join(", ")}.`,
  severity: "error",
  from: { path: `${core}${escaped(room)}`, pathNot: notTests },
  to: { path: core, pathNot: `${core}(${[room, ...knows].map(escaped).join("|")})` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "storage-stands-alone",
      comment:
        "Files, locks and errors are below everything, the native half of an engine too, which must not bring core with it. So it knows neither a package nor a tensor.",
      severity: "error",
      from: { path: "^packages/storage/" },
      to: { path: ["^packages/(?!storage/)", "@tensorflow/"] },
    },
    {
      name: "statistics-stand-alone",
      comment:
        "Pure functions of numbers, which whoever has results of runs can use, ours or others'. They read no file and know no tensor. (Node's hashes make the random streams; tests read their fixtures.)",
      severity: "error",
      from: { path: "^packages/statistics/", pathNot: notTests },
      to: { path: ["^packages/(?!statistics/)", "@tensorflow/", "^(node:)?fs"] },
    },
    {
      name: "endpoints-stand-alone",
      comment:
        "A client of chat endpoints knows requests, files and errors. Whoever asks by it (a reward, a stage, a benchmark) says what is asked and why; so it can be used without an experiment.",
      severity: "error",
      from: { path: "^packages/endpoints/" },
      to: { path: ["^packages/(?!(endpoints|storage)/)", "@tensorflow/"] },
    },
    {
      name: "core-stands-alone",
      comment:
        "core knows kinds, not members: it must run with any set of packages, ours or a stranger's, so it imports none but storage, which is below it, and the random streams of statistics. It judges no result.",
      severity: "error",
      from: { path: "^packages/core/" },
      to: { path: "^packages/(?!(core|storage)/)", pathNot: "^packages/statistics/src/random\\.ts$" },
    },
    {
      name: "tensorflow-needs-no-core",
      comment: "libtensorflow's binding and installation are about files and processes: they know no kind, run or experiment.",
      severity: "error",
      from: { path: "^packages/tensorflow/" },
      to: { path: "^packages/(?!(tensorflow|storage)/)" },
    },
    {
      name: "plugins-never-import-one-another",
      comment:
        "A plugin can be left out, replaced or copied by its own folder only if no other plugin needs it. They meet in core's interfaces and in the experiment file.",
      severity: "error",
      from: { path: `^packages/(${plugins})/` },
      to: { path: `^packages/(${plugins})/`, pathNot: "^packages/$1/" },
    },
    {
      name: "only-the-cli-composes",
      comment:
        "The cli is the composition root, the one place that knows all the built-in packages. report, serve and conformance know core and what is below it alone (conformance's tests hold all to its laws, serve's ask a real model), engines also tensorflow, its native half.",
      severity: "error",
      from: { path: "^packages/(engines|report|serve|conformance)/", pathNot: "^packages/(conformance|serve)/.*\\.test\\.ts$" },
      to: { path: "^packages/(?!(core|storage|statistics)/)", pathNot: ["^packages/$1/", "^packages/tensorflow/"] },
    },
    {
      name: "only-engines-know-tensorflow",
      comment: "It is native and may be missing: whoever wants a tensor computed asks the engine.",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/(engines|tensorflow)/" },
      to: { path: "^packages/tensorflow/" },
    },
    {
      name: "nothing-imports-the-cli",
      comment: "Whatever two packages share belongs in core; the cli is the end of every path.",
      severity: "error",
      from: { path: "^(packages|examples)/", pathNot: "^packages/cli/" },
      to: { path: "^packages/cli/" },
    },
    {
      name: "packages-meet-at-exports",
      comment:
        "Another package's files are its private affair: import it by its name. What its exports do not offer must be exported, not reached for.",
      severity: "error",
      from: { path: "^(?:packages|examples)/([^/]+)/" },
      to: { path: "^(packages|examples)/", pathNot: "^(packages|examples)/$1/", dependencyTypes: ["local"] },
    },
    {
      name: "tests-meet-packages-at-exports",
      comment: "What crosses packages uses them as a stranger would: by name.",
      severity: "error",
      from: { path: "^(tests|benchmarks|tools)/" },
      to: { path: "^(packages|examples)/", dependencyTypes: ["local"] },
    },
    {
      name: "one-container-file",
      comment:
        "Components declare what they need as data and get it passed in. So the container is replaceable, and nothing needs decorators or their emitted metadata.",
      severity: "error",
      from: { path: "^(packages|examples)/", pathNot: "^packages/core/src/plugin/injection\\.ts$" },
      to: { path: "(^|/)(tsyringe|reflect-metadata)(/|$)" },
    },
    {
      name: "backends-in-engines-only",
      comment:
        "The same tensor functions must run on wasm and be traced for TensorFlow. A backend imported elsewhere registers itself and decides that for everybody. (conformance is a test by itself: it starts the reference where its caller has started none.)",
      severity: "error",
      from: {
        path: "^(packages|examples)/",
        pathNot: ["^packages/engines/", "^packages/conformance/src/reference\\.ts$", notTests],
      },
      to: { path: ["@tensorflow/tfjs$", "@tensorflow/tfjs/", "@tensorflow/tfjs-(backend|node)"] },
    },
    {
      name: "algorithms-are-pure",
      comment:
        "An algorithm is arithmetic on tensors. What it reads from outside (files, time, processes) comes injected, or it could not be replayed.",
      severity: "error",
      from: { path: "^packages/algo-[^/]+/", pathNot: notTests },
      to: { dependencyTypes: ["core"] },
    },
    ...roomRules,
    {
      name: "core-has-no-room-without-a-rule",
      comment: "A new room is put in its place first: in the list above, with those it may know.",
      severity: "error",
      from: {
        path: core,
        pathNot: [
          `${core}(${rooms.map(({ room }) => escaped(room)).join("|")}|testing/)`,
          `${core}(index|host|steady-heap)\\.ts$`,
          notTests,
        ],
      },
      to: {},
    },
    {
      name: "core-never-comes-in-by-its-own-door",
      comment:
        "index.ts, host.ts and testing/ are what core shows to others. Inside, what is needed is imported from where it lies.",
      severity: "error",
      from: { path: core, pathNot: [notTests, `${core}testing/`] },
      to: { path: `${core}((index|host)\\.ts$|testing/)` },
    },
    {
      name: "laws-know-no-kind",
      comment:
        "A law is about numbers, whichever kind of component they come from. Which laws hold for a kind is said by the kind.",
      severity: "error",
      from: { path: "^packages/conformance/src/laws/" },
      to: { path: "^packages/conformance/src/(kinds/|conformance\\.ts)" },
    },
    {
      name: "report-is-written-last",
      comment:
        "The answer is made from numbers alone, and says the same in each form; a page or file only shows what was summed up.",
      severity: "error",
      from: {
        path: "^packages/report/src/",
        pathNot: [notTests, "^packages/report/src/(html/|files/|testing/|(index|write-report)\\.ts)"],
      },
      to: { path: "^packages/report/src/(html|files)/" },
    },
    {
      name: "no-cycles",
      comment:
        "Two files that need each other are one file, or hide a third. Types count: whoever reads one file of a circle must read them all, and none can be taken out.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "A file that nothing imports and that imports nothing is either forgotten or missing from its index.",
      severity: "error",
      from: {
        orphan: true,
        path: "^packages/[^/]+/src/",
        pathNot: ["^packages/[^/]+/src/(index|main)\\.ts$", notTests, "\\.(d\\.ts|mjs)$"],
      },
      to: {},
    },
    {
      name: "no-unresolvable",
      comment: "An import that resolves to nothing fails at run time, or works only on its author's machine.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-undeclared-dependency",
      comment:
        "A package that works only because another one brought the dependency breaks for the stranger who installs it alone.",
      severity: "error",
      from: { path: "^packages/", pathNot: notTests },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-dev-dependency-in-src",
      comment:
        "devDependencies are not there in an installed package. (report's testing folder is never packed: its browser is the tests' alone.)",
      severity: "error",
      from: {
        path: "^packages/[^/]+/src/",
        pathNot: [...[notTests].flat(), "build-kernels\\.mjs$", "^packages/report/src/testing/"],
      },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm-peer"] },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true, // type imports count: an architecture is what one must know, not only what runs
    combinedDependencies: false,
    doNotFollow: { path: ["node_modules", "^(packages|examples)/[^/]+/dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@rewardlab/source", "import", "node", "default", "types"],
      mainFields: ["main", "types"],
    },
  },
};
