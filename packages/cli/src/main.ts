import { RunError } from "@rewardlab/storage";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { endContainers } from "./containers.ts";
import { endSoon } from "./end.ts";
import { experimentHere } from "./experiment-here.ts";
import { fail } from "./fail.ts";

/** The command line. Each command's code is loaded when it is called, so that the quick ones stay quick. */
const program = new Command("rewardlab")
  .description("Which part of the method made the difference? Experiments in reinforcement learning of multimodal reward models.")
  .version("0.1.0")
  .option("--debug", "show stack traces")
  .showHelpAfterError("(rewardlab --help lists the commands)")
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    "after",
    `
Examples:
  rewardlab init && cd first-experiment && rewardlab run
  rewardlab run experiments/quickstart/quickstart.yaml
  rewardlab plan experiments/quickstart/quickstart.yaml
  rewardlab explain experiments/quickstart/quickstart.yaml --set stages.rl.kl.coefficient=0.01
  rewardlab probe advantage '[discounted-return, whiten]' --batch batch.json

Exit codes: 0 done, 1 a run failed or collapsed, 2 wrong input, 130 interrupted.`,
  );

const positive = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1 on");
  return value;
};
const natural = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number from 0 on");
  return value;
};
const shareOf = (text: string) => {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a share between 0 and 1, e.g. 0.1");
  return value;
};
const ratioRange = (text: string): [number, number] => {
  const [low, high, ...more] = text.split(":").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (more.length > 0 || !(low! >= 0 && high! > low! && high! <= 1e30))
    throw new InvalidArgumentError("expected low:high with 0 ≤ low < high ≤ 1e30, e.g. 0:4");
  return [low!, high!];
};
const debugging = () => program.opts<{ debug?: boolean }>().debug === true;
const collect = (value: string, before: string[]) => [...before, value];

const setOption = [
  "--set <path=value>",
  "override a value, e.g. stages.rl.kl.coefficient=0.01 (may be given again)",
  collect,
  [] as string[],
] as const;

const pluginOption = [
  "--plugin <name>",
  "a plugin of your own, found from the current folder (may be given again)",
  collect,
  [] as string[],
] as const;

/** experimentHere's. */
const experimentArgument = ["[experiment]", "experiment YAML (default: experiment.yaml, or the only YAML file here)"] as const;

const runsOption = ["--runs <folder>", "where runs are kept", "runs"] as const;

program
  .command("init")
  .argument("[folder]", "where: new, or empty", "first-experiment")
  .description("make a folder with a small experiment, its data and a README")
  .action(async (folder) => (await import("./commands/init.ts")).init(folder));

program
  .command("run")
  .argument(...experimentArgument)
  .description("run an experiment or a whole grid; goes on with what is unfinished")
  .option("--fresh", "run anew; what was there is kept as runs/<name>.previous, .previous-2, …")
  .option("--time", "run the first steps of each variant in a temporary folder before, and say what in them did nothing")
  .option("--workers <n>", "runs at the same time (default: as many as cores and memory allow)", positive)
  .option(
    "--hang-after <seconds>",
    "a run without a sign of life for so long is ended and tried once more; 0: never",
    natural,
    1800,
  )
  .option(...runsOption)
  .option("--yes", "run a grid of more than 10,000 runs")
  .option("--json", "print the summary as JSON")
  .option(...setOption)
  .action(async (file, options) =>
    (await import("./commands/run.ts")).run(file ?? experimentHere(), { ...options, debug: debugging() }),
  );

program
  .command("plan")
  .argument(...experimentArgument)
  .description("say what a run of it would do: cells, what is shared and done, batches, time")
  .option("--time", "run the first steps for real, in a temporary folder, to estimate the time and to see what acts")
  .option("--workers <n>", "runs at the same time (default: as many as cores and memory allow)", positive)
  .option(...runsOption)
  .option("--yes", "plan a grid of more than 10,000 runs")
  .option("--json", "print it as JSON")
  .option(...setOption)
  .action(async (file, options) => (await import("./commands/plan.ts")).plan(file ?? experimentHere(), options));

program
  .command("check")
  .argument(...experimentArgument)
  .description("check an experiment without running it: all errors at once, with their places")
  .option("--json", "print the result as JSON")
  .option(...setOption)
  .action(async (file, options) => (await import("./commands/check.ts")).check(file ?? experimentHere(), options));

program
  .command("verify-resume")
  .argument(...experimentArgument)
  .description("kill a shortened copy of it at random instants, resume it, and compare the bytes with an uninterrupted run's")
  .option("--cell <name>", "the variant to try (default: the first)")
  .option("--kills <n>", "how many", positive, 12)
  .option("--seed <n>", "what the instants are drawn from", natural, 1)
  .option("--runs <folder>", "where runs are kept: finished stages are taken from there", "runs")
  .option("--json", "print the result as JSON")
  .option(...setOption)
  .action(async (file, options) => (await import("./commands/verify-resume.ts")).verifyResume(file ?? experimentHere(), options));

program
  .command("explain")
  .argument("[experiment]", "experiment YAML")
  .description("print the resolved experiment, each value with where it came from; or plot its policy loss")
  .option("--cell <name>", "the variant to explain (default: the first)")
  .option("--json", "print it as JSON; with --plot, the curves")
  .option("--plot <file.svg>", "draw loss and gradient against the importance ratio instead, for A = +1 and A = −1")
  .option(
    "--surrogate <spec>",
    "draw this one, without an experiment: clip, '{ use: dual-clip, cap: 3 }' (may be given again)",
    collect,
    [],
  )
  .option("--ratio <spec>", "the ratio component of those surrogates (default: token)")
  .option(
    "--range <low:high>",
    "ratios to draw (default 0:4); logarithmic where they span a factor of 100, e.g. 0.0001:10000",
    ratioRange,
  )
  .option(...setOption)
  .option(...pluginOption)
  .action(async (file, options) => (await import("./commands/explain.ts")).explain(file, options));

program
  .command("diff")
  .argument("<a>", "experiment YAML, or one cell of it: FILE#CELL")
  .argument("<b>", "another")
  .description("say which terms of two experiments differ, cell by cell")
  .option("--json", "print it as JSON")
  .action(async (a, b, options) => (await import("./commands/diff.ts")).diff(a, b, options));

program
  .command("probe")
  .argument(
    "<kind>",
    "advantage | kl | ratio | surrogate | correction | mask | aggregate | loss | pair-loss | algorithm | sampler | reward | model",
  )
  .argument("<spec>", "a slot's value as YAML: whiten, '{ use: clip, low: 0.2 }', '[discounted-return, whiten]'")
  .requiredOption("--batch <file>", "batch of nested arrays: JSON, or JSON lines (.jsonl): a line of result for each")
  .option("--json", "print JSON, as it does without")
  .option("--engine <name>", "where it runs: a model where it can, all else on cpu")
  .option(...pluginOption)
  .description("run one component on numbers and print JSON")
  .addHelpText(
    "after",
    `
The batch: logProbs, oldLogProbs, rolloutLogProbs, refLogProbs, mask, advantages, tokenRewards, returns, values, entropies [B, T]; scores, groupIds [B];
responses and items for rewards. Of a model: items of { messages, response } or { images, question, responses, response }.
"NaN", "Infinity" and "-Infinity" are read and written as strings.
A wrong line of a JSON-lines batch prints { "error": … } in its place and the others go on; the exit code is then 2.`,
  )
  .action(async (kind, spec, options) => (await import("./commands/probe.ts")).probe(kind, spec, options));

const plugins = program
  .command("plugins")
  .argument("[kind]", "only what they bring of this kind")
  .description("list the plugins that experiments here can name, built in and installed, and what they bring")
  .option("--json", "print them as JSON")
  .option(...pluginOption)
  .action(async (kind, options) => (await import("./commands/plugins.ts")).plugins(kind, options));
plugins
  .command("search")
  .argument("[word...]", "all of these words")
  .description("search the registries of npm's settings for plugins, by the keyword rewardlab-plugin")
  .option("--timeout <seconds>", "how long an answer may take", positive, 15)
  .option("--json", "print them as JSON")
  .action(async (words, _options, command) =>
    (await import("./commands/plugins-search.ts")).pluginsSearch(words, command.optsWithGlobals()),
  );
plugins
  .command("docs")
  .argument("<name>", "a plugin, by package name or path; or a component, an algorithm or a service, by its own name")
  .description("print what it brings with options, defaults and meanings as Markdown, from its own schemas")
  .option("--json", "print it as JSON")
  .action(async (name, _options, command) =>
    (await import("./commands/plugins-docs.ts")).pluginsDocs(name, command.optsWithGlobals()),
  );
plugins
  .command("test")
  .argument("<name...>", "a plugin, by package name or path, found from the current folder")
  .description("hold what a plugin brings to the laws of its kinds; exit code 1 where one is broken")
  .option("--kind <kind>", "only what it brings of this kind")
  .option("--options <json>", 'options to try a component with, \'{"surrogate cispo": [{"high": 4}]}\'')
  .option("--json", "print each check as JSON")
  .action(async (names, _options, command) =>
    (await import("./commands/plugins-test.ts")).pluginsTest(names, command.optsWithGlobals()),
  );

program
  .command("schema")
  .argument(
    "[experiment]",
    "experiment YAML whose plugins and stages it is to know (default: any experiment with the built-in plugins)",
  )
  .description("print the JSON Schema of experiment files, by which an editor completes, explains and underlines")
  .option("--out <file>", "write it there")
  .option("--json", "print JSON, as it does without")
  .option(...pluginOption)
  .addHelpText(
    "after",
    `
Editors with yaml-language-server (VS Code's YAML extension, Neovim, Helix …) find it by the first line of an experiment:
  # yaml-language-server: $schema=schema.json`,
  )
  .action(async (file, options) => (await import("./commands/schema.ts")).schema(file, options));

const engines = program
  .command("engines")
  .description("what can run the tensors here, how fast, and why the rest can't")
  .option("--json", "print it as JSON")
  .action(async (options) => (await import("./commands/engines.ts")).engines(options));
engines
  .command("install")
  .argument("<engine>", "tensorflow or tensorflow-gpu")
  .description(
    "fetch libtensorflow from the Python package index (pip's settings are used; no Python is needed) and build its binding",
  )
  .action(async (name) => (await import("./commands/engines-install.ts")).enginesInstall(name));

program
  .command("report")
  .argument("<folder>", "a grid's folder, runs/<experiment>")
  .description("write the report of a grid anew (HTML, Markdown, JSON, CSV, LaTeX) and print its table")
  .option("--json", "print the summary as JSON")
  .action(async (folder, options) => (await import("./commands/report.ts")).report(folder, options));

program
  .command("compare")
  .argument("<run...>", "folders of finished runs, of cells, or of grids; what comes first is the baseline")
  .description("compare finished runs as a grid's report does; refuses what can't be compared")
  .option("--metric <stage.metric>", "what they are compared by (default: as their grids are)")
  .option("--out <folder>", "where the report is written", "runs/comparison")
  .option("--json", "print the summary as JSON")
  .addHelpText(
    "after",
    `
Runs of one cell are one variant, a seed each: rewardlab compare runs/a/main runs/b/main pairs their seeds.`,
  )
  .action(async (runs, options) => (await import("./commands/compare.ts")).compare(runs, options));

const filterOptions = (command: Command) =>
  command
    .option("--status <status>", "only these: queued | running | interrupted | failed | collapsed | done")
    .option("--experiment <name>", "only of this experiment")
    .option("--since <time>", "only since then: 30m, 12h, 2d, 1w ago, or a date")
    .option(...runsOption)
    .option("--json", "print it as JSON");

const runs = filterOptions(program.command("runs"))
  .description("list the runs there are, or remove some")
  .action(async (options) => (await import("./commands/runs.ts")).listRuns(options));
filterOptions(runs.command("rm"))
  .argument("[run...]", "an experiment, a cell or a run: quickstart, quickstart/main, quickstart/main/seed-1")
  .description("remove runs, named or left by the filters; asks first")
  .option("--yes", "don't ask")
  .action(async (names, _options, command) => (await import("./commands/runs.ts")).removeRuns(names, command.optsWithGlobals()));

program
  .command("export")
  .argument("<run...>", "an experiment, a cell or a run: quickstart, quickstart/main, quickstart/main/seed-1")
  .description("write the metrics of runs as one table")
  .option("--csv <file>", "as CSV; - prints it")
  .option("--parquet <file>", "as Parquet")
  .option("--wide", "a row for each iteration and a column for each metric (default: a row for each number)")
  .option(...runsOption)
  .option("--json", "print what was written as JSON")
  .action(async (names, options) => (await import("./commands/export.ts")).exportRuns(names, options));

program
  .command("evaluate")
  .description(
    "the figures of a published benchmark of reward models, as its own script has them: for predictions, or for a judge",
  )
  .requiredOption(
    "--benchmark <name>",
    "vl-rewardbench | mm-rlhf-rewardbench | multimodal-rewardbench | multimodal-rewardbench-2",
  )
  .option("--predictions <file>", "a judge's predictions: JSON lines or a JSON array, as the benchmark's scripts write them")
  .option("--against <file>", "another judge's predictions: the difference, and McNemar's test")
  .option("--data <file>", "the benchmark's own file: its pairs, to be judged")
  .option("--images <folder>", "where its pictures are (default: beside it)")
  .option("--experiment <file>", "the judge is the policy of a finished run of this experiment")
  .option(
    "--endpoint <spec>",
    "the judge is a model behind an OpenAI-compatible endpoint: '{ url: http://127.0.0.1:8000/v1, model: NAME }'",
  )
  .option("--prompt <file>", "what it is asked, with {question}, {response1} and {response2} (default: R1-Reward's form)")
  .option("--cache <folder>", "where its answers are kept, so that none is paid twice", ".rewardlab/answers")
  .option("--cell <name>", "which variant of the experiment (default: the first)")
  .option("--run <n>", "which run of it, as its folder counts", positive, 1)
  .option(...runsOption)
  .option("--engine <name>", "where that runs", "auto")
  .option(
    "--order <orders>",
    "how responses are shown: both ways | seeded: drawn for each pair | chosen-first, as released",
    "both",
  )
  .option("--max-new-tokens <n>", "longest answer, in tokens", positive, 1024)
  .option("--batch <n>", "pairs judged at a time", positive, 8)
  .option("--out <folder>", "where a judge's predictions are kept; one that was interrupted goes on there")
  .option("--seed <n>", "what intervals, and orders, are drawn from", natural, 1)
  .option("--json", "print it as JSON")
  .action(async (options) => (await import("./commands/evaluate.ts")).evaluate(options));

program
  .command("models")
  .argument("[model...]", "folders, .gguf files or ids (default: all of the Hugging Face cache)")
  .description("what real models are here: architecture, parameters, and the memory that training takes at least")
  .option("--json", "print it as JSON")
  .action(async (names, options) => (await import("./commands/models.ts")).models(names, options));

program
  .command("export-model")
  .argument(...experimentArgument)
  .description("write the policy of a finished run as others read it: a Hugging Face folder, or PEFT's adapters")
  .requiredOption("--to <folder>", "where: a new folder")
  .option("--format <format>", "hf: the whole model; peft: what was trained beside a frozen base", "hf")
  .option("--cell <name>", "which variant (default: the first)")
  .option("--seed <n>", "which run of it, as its folder counts", positive, 1)
  .option(...setOption)
  .option(...runsOption)
  .option("--json", "print what was written as JSON")
  .action(async (file, options) => (await import("./commands/export-model.ts")).exportModel(file ?? experimentHere(), options));

program
  .command("serve")
  .argument(
    "<checkpoint>",
    "a run's folder (or a cell's, or an experiment's), an experiment file, a Hugging Face folder, a .gguf file, or a model's id",
  )
  .description("answer requests with a policy: /v1/reward, OpenAI's /v1/chat/completions, OpenRLHF's /get_reward")
  .option("--cell <name>", "which variant (default: the first)")
  .option("--run <n>", "which run of it, as its folder counts", positive, 1)
  .option(...runsOption)
  .option("--engine <name>", "where it computes (default: as the run was; auto for a model of others)")
  .option("--name <name>", "what requests call the model (default: the run's path, or the folder's name)")
  .option("--host <host>", "the address to listen at; others than this machine's need REWARDLAB_SERVE_TOKEN", "127.0.0.1")
  .option("--port <n>", "0: any that is free", natural, 8000)
  .option("--batch <n>", "responses generated side by side, at most", positive, 64)
  .option("--batch-tokens <n>", "tokens side by side, at most: rows times the longest prompt and response", positive, 262144)
  .option("--batch-wait <ms>", "how long a question waits for others, in milliseconds", natural, 4)
  .option("--requests <n>", "requests at a time, those that wait among them; more get a 429", positive, 256)
  .option("--seconds <n>", "how long a request may take", positive, 120)
  .option("--body-mb <n>", "largest body of a request, in MiB", positive, 32)
  .option("--pixels <n>", "pixels of a picture, at most", positive, 16_777_216)
  .option("--pictures <n>", "pictures of a request, at most", positive, 16)
  .option("--max-new-tokens <n>", "longest response, in tokens", positive, 1024)
  .option("--votes <n>", "votes where a request doesn't say", positive, 1)
  .option("--most-votes <n>", "votes or samples that one question may ask for", positive, 64)
  .option("--drain-seconds <n>", "how long requests are still answered after SIGTERM", positive, 60)
  .option("--json", "print where it listens as JSON")
  .action(async (checkpoint, options) => (await import("./commands/serve.ts")).serve(checkpoint, options));

const data = program.command("data").description("make, convert and divide preference data");
data
  .command("make")
  .argument("<dataset>", "which data: scenes")
  .description("write a data set to disk: JSON lines and images, byte-identical for a seed")
  .requiredOption("--out <folder>", "where to write it")
  .option("--seed <n>", "what the items are drawn from: another seed, other items", natural, 0)
  .option("--train <n>", "training items", positive, 6000)
  .option("--test <n>", "test items", positive, 480)
  .action(async (name, options) => (await import("./commands/data-make.ts")).dataMake(name, options));
const readingFlags = (command: Command) =>
  command
    .option("--format <format>", "whose columns they are (default: recognised)")
    .option("--mapping <json>", "which column is what, where no format fits")
    .option("--ties <what>", "rows without a better response: keep | drop | refuse", "keep")
    .option("--order <order>", "chosen and rejected: seeded | chosen-first", "seeded")
    .option("--repeated-ids <what>", "ids that are there already: refuse | number", "refuse")
    .option("--picture-folder <folder>", "what picture paths are relative to (default: the file's folder)")
    .option("--picture-prefix <path>", "what picture paths begin with on another machine")
    .option("--download", "fetch pictures at http and https addresses")
    .option("--skip-broken", "leave broken rows out, and count them")
    .option("--json", "print what was written as JSON");
readingFlags(
  data
    .command("convert")
    .argument("<from>", "a .jsonl, .json or .parquet file, or a folder of them, in any format that data: preferences reads")
    .argument("<to>", "a new .jsonl or .json file; the pictures go to images/ beside it")
    .description("write preference data as our own rows, with their pictures beside them"),
).action(async (from, to, options) => (await import("./commands/data-convert.ts")).dataConvert(from, to, options));
readingFlags(
  data
    .command("split")
    .argument("<file>", "a .jsonl, .json or .parquet file")
    .description("divide rows into train, test and validation, so that no picture is in two")
    .option("--test <share>", "share of the rows that becomes NAME-test.jsonl", shareOf)
    .option("--validation <share>", "share of the rows that becomes NAME-validation.jsonl", shareOf)
    .addOption(
      new Option("--by <what>", "what parts don't share: pictures and groups, groups, or nothing")
        .choices(["picture", "group", "row"])
        .default("picture"),
    )
    .option("--seed <n>", "what the parts are drawn from", natural, 1)
    .option("--out <folder>", "where they are written (default: beside the file)"),
).action(async (file, options) => (await import("./commands/data-split.ts")).dataSplit(file, options));

program
  .command("tokenizer")
  .description("make a tokenizer for one's own texts")
  .command("train")
  .argument("<file>", "the experiment whose data it learns from")
  .description(
    "learn a small byte-level BPE from an experiment's data, as a tokenizer.json that Hugging Face's libraries read as well",
  )
  .requiredOption("--out <file>", "where to write it")
  .option("--size <n>", "tokens: 266 are bytes and names, the others are learnt", positive, 1000)
  .option("--split <name>", "the data's split", "train")
  .option("--cell <name>", "the cell whose data are meant; the first one otherwise")
  .option(...setOption)
  .action(async (file, options) => (await import("./commands/tokenizer-train.ts")).tokenizerTrain(file, options));

// A reader that has seen enough (head) closes the pipe.
process.stdout.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? process.exit() : fail(error, true)));

let ended = false;
/** Whoever loads a plugin listens too, nearer to the cause. */
const isMine = (event: string) => process.listenerCount(event) === 1;
// What a command waits for never comes, and Node would end without a word.
process.on("beforeExit", () => {
  if (ended || !isMine("beforeExit")) return;
  ended = true;
  fail(
    new RunError("RL_NEVER_ENDS", "it waits for what never comes: a promise that is never kept, most likely a plugin's"),
    debugging(),
  );
  process.exit();
});
process.on("uncaughtException", (error) => {
  if (!isMine("uncaughtException")) return;
  fail(error, debugging());
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else fail(error, debugging());
} finally {
  for (const wrong of await endContainers()) console.error(wrong);
  ended = true;
  endSoon();
}
