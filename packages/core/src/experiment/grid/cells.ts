import { folderName } from "../folder-name.ts";
import type { Problem, SourceText } from "../problems.ts";
import { at } from "../tree.ts";
import type { Origin, Tree } from "../tree.ts";
import { armsOf, ablatedComponents, countArms } from "./arms.ts";
import type { Arm } from "./arms.ts";
import { axesOf } from "./axes.ts";
import type { Axis, AxisPoint } from "./axes.ts";
import { undoes } from "./overrides.ts";
import type { Override } from "./overrides.ts";

/** One cell of the grid as written: what is laid over the file. */
export interface CellPlan {
  readonly name: string;
  readonly baseline: boolean;
  /** The cell that it is compared with. */
  readonly against: string | null;
  readonly overrides: readonly (readonly Override[])[];
  /** The level of each factor, by the factor's name. */
  readonly levels: Readonly<Record<string, string>>;
  readonly origin?: Origin;
}

/** What varies over the grid: a component that is in or out, or an axis with its points. */
export interface GridFactor {
  readonly name: string;
  readonly kind: "component" | "axis";
  readonly paths: readonly string[];
  readonly levels: readonly string[];
}

export interface GridPlan {
  readonly factors: readonly GridFactor[];
  readonly axes: readonly Axis[];
  /** Known without making them. */
  readonly count: number;
  /** Arms of `ablate:` × points of the axes. */
  cells(): CellPlan[];
}

/**
 * What an experiment's `ablate`, `grid` and `zip` ask for: how many cells, by which factors. What is wrong goes into `problems`, with its place in
 * the source.
 */
export function planGrid(layer: Tree, source: SourceText, problems: Problem[]): GridPlan {
  const section = at(layer, ["ablate"]);
  const ablate = section?.type === "map" ? section : undefined;
  const axes = axesOf(layer, source, problems).filter((axis) => axis.points.length > 0); // what is wrong with one is reported; the rest is checked
  const points = axes.reduce((product, axis) => product * axis.points.length, 1);
  return {
    axes,
    count: (ablate ? countArms(ablate) : 1) * points,
    factors: [
      ...(ablate ? ablatedComponents(ablate) : []).map((one) => ({ ...one, kind: "component" as const, levels: ["in", "out"] })),
      ...axes.map(({ name, paths, points: own }) => ({
        name,
        kind: "axis" as const,
        paths,
        levels: own.map(({ label }) => label),
      })),
    ],
    cells: () => {
      const arms = ablate ? armsOf(ablate, problems) : [];
      if (ablate && arms.length === 0)
        problems.push({
          path: "ablate",
          message: "expected a baseline, or at least one variant or component",
          origin: ablate.origin,
          atKey: true,
        });
      const clashes = sameFolders(arms);
      problems.push(...undone(arms, axes), ...clashes);
      const plans = axes.length === 0 ? armsAlone(ablate ? arms : null) : crossed(ablate ? arms : null, axes);
      if (clashes.length === 0) problems.push(...sameFolders(plans));
      return plans;
    },
  };
}

function armsAlone(arms: readonly Arm[] | null): CellPlan[] {
  return arms === null ? [{ name: "main", baseline: true, against: null, overrides: [], levels: {} }] : [...arms];
}

/** Every arm at every point. An arm's cells are compared with those of its reference at the same point. */
function crossed(arms: readonly Arm[] | null, axes: readonly Axis[]): CellPlan[] {
  const points = combinations(axes);
  if (arms === null)
    return points.map((point) => ({ name: textOf(point), baseline: false, against: null, ...atPoint(axes, point) }));
  return arms.flatMap((arm) =>
    points.map((point, index) => ({
      ...arm,
      name: `${arm.name}, ${textOf(point)}`,
      baseline: arm.baseline && index === 0,
      against: arm.against === null ? null : `${arm.against}, ${textOf(point)}`,
      ...atPoint(axes, point, arm),
    })),
  );
}

function atPoint(axes: readonly Axis[], point: readonly AxisPoint[], arm?: Arm): Pick<CellPlan, "overrides" | "levels"> {
  return {
    overrides: [...(arm?.overrides ?? []), point.flatMap(({ overrides }) => overrides)],
    levels: { ...arm?.levels, ...Object.fromEntries(axes.map(({ name }, index) => [name, point[index]!.label])) },
  };
}

/** The first axis changes slowest. */
function combinations(axes: readonly Axis[]): AxisPoint[][] {
  return axes.reduce<AxisPoint[][]>((made, { points }) => made.flatMap((some) => points.map((point) => [...some, point])), [[]]);
}

const textOf = (point: readonly AxisPoint[]) => point.map(({ text }) => text).join(", ");

/** An axis and an arm that set the same thing. */
function undone(arms: readonly Arm[], axes: readonly Axis[]): Problem[] {
  return arms.flatMap((arm) =>
    arm.overrides.flat().flatMap((override) => {
      const { path, value } = override;
      const met = axes.flatMap(({ points }) => points.flatMap(({ overrides }) => overrides)).find((one) => undoes(one, override));
      if (met === undefined) return [];
      return [{ path, message: `an axis of the grid sets ${met.path}, and would undo this`, origin: value.origin, atKey: true }];
    }),
  );
}

/** Every cell has a folder of its own, also where the file system doesn't tell capitals apart. */
function sameFolders(plans: readonly (Arm | CellPlan)[]): Problem[] {
  const taken = new Map<string, Arm | CellPlan>();
  return plans.flatMap((plan) => {
    const folder = folderName(plan.name).normalize("NFC").toLowerCase();
    const other = taken.get(folder);
    if (other === undefined) {
      taken.set(folder, plan);
      return [];
    }
    const called = other.baseline ? `the baseline is called "${other.name}"` : `another cell is called "${other.name}"`;
    const [written, met] = plan.origin === undefined && other.origin !== undefined ? [other, plan] : [plan, other];
    return [
      {
        path: written.origin === undefined ? "" : `ablate.variants.${written.name}`,
        message:
          written === plan
            ? `${called}, and both would have one folder: expected another name`
            : `there is a cell "${met.name}" already, and both would have one folder: expected another name`,
        origin: written.origin,
        atKey: true,
      },
    ];
  });
}
