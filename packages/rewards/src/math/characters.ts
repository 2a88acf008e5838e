/**
 * Unicode in LaTeX's words, with its meaning kept: x² is x^{2} and never x2, 10₈ is 10_{8} and never 108, 2½ is 2\frac{1}{2}. What has no
 * counterpart here stays as it is, so that the reader refuses it: of a character whose height or shape carries meaning nothing is guessed.
 */
export function inLatex(text: string): string {
  let made = text
    .normalize("NFC")
    .replace(/[\p{Nd}\u{1d400}-\u{1d7ff}\uff01-\uff5e]/gu, plainForm)
    .replace(/[\p{Zs}\u2028\u2029\t\r\n]/gu, " ")
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, "") // soft hyphens, and spaces of no width
    .replace(/(?<=\d)[–—](?=\d)/g, "\\rangedash "); // 3–5 is a range as often as a difference
  made = made.replace(/(\d+)⁄(\d+)/g, "\\frac{$1}{$2}").replace(/[¼-¾⅐-⅞↉]/g, fractionOf);
  made = made
    .replace(raised, (run) => `^{${written(run, superscripts)}}`)
    .replace(lowered, (run) => `_{${written(run, subscripts)}}`);
  made = made.replace(/√\s*(\d+(?:\.\d+)?)/g, "\\sqrt{$1}").replace(/∛\s*(\d+|[A-Za-z])/g, "\\sqrt[3]{$1}");
  return made.replace(known, (character) => latexOf[character]!);
}

/** A digit of another script, a full-width or a mathematical letter: the same sign in another style. */
function plainForm(character: string): string {
  if (!digit.test(character)) return character.normalize("NFKC");
  let zero = character.codePointAt(0)!;
  while (digit.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((character.codePointAt(0)! - zero) % 10); // Unicode's digits stand in runs of ten from 0 on
}
const digit = /^\p{Nd}$/u;

function fractionOf(character: string): string {
  const [top, bottom] = character.normalize("NFKC").split("⁄") as [string, string];
  return `\\frac{${top}}{${bottom}}`;
}

const superscripts = ["⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸ", "0123456789+-=()nixy"] as const;
const subscripts = ["₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₙₖₘᵢⱼ", "0123456789+-=()aeoxnkmij"] as const;
const raised = new RegExp(`[${superscripts[0]}]+`, "g");
const lowered = new RegExp(`[${subscripts[0]}]+`, "g");

function written(run: string, [signs, letters]: readonly [string, string]): string {
  return [...run].map((sign) => letters[signs.indexOf(sign)]!).join("");
}

const greek: Readonly<Record<string, string>> = {
  π: "pi",
  θ: "theta",
  ϑ: "vartheta",
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "varepsilon",
  ϵ: "epsilon",
  ζ: "zeta",
  η: "eta",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  ρ: "rho",
  σ: "sigma",
  τ: "tau",
  φ: "phi",
  ϕ: "varphi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
  Γ: "Gamma",
  Δ: "Delta",
  Θ: "Theta",
  Λ: "Lambda",
  Σ: "Sigma",
  Φ: "Phi",
  Ψ: "Psi",
  Ω: "Omega",
};

const latexOf: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(greek).map(([letter, name]) => [letter, `\\${name} `])),
  ...Object.fromEntries([..."‐‑‒–−﹣"].map((dash) => [dash, "-"])),
  "×": "\\times ",
  "✕": "\\times ",
  "∗": "\\cdot ",
  "∙": "\\cdot ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "÷": "\\div ",
  "∕": "/",
  "√": "\\sqrt ",
  "∞": "\\infty ",
  "∪": "\\cup ",
  "≤": "\\le ",
  "⩽": "\\le ",
  "≥": "\\ge ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "±": "\\pm ",
  "∓": "\\mp ",
  "°": "^\\circ ",
  º: "^\\circ ",
  "℃": "^\\circ C",
  "℉": "^\\circ F",
  "∈": "\\in ",
  "≈": "\\approx ",
  "∅": "\\emptyset ",
  "∣": "|",
  "٪": "%",
  "٫": ".",
  "٬": ",",
  "…": "...",
  "⋯": "...",
  ℝ: "\\mathbb{R}",
  ℤ: "\\mathbb{Z}",
  ℚ: "\\mathbb{Q}",
  ℕ: "\\mathbb{N}",
  µ: "\\mu ",
};
const known = new RegExp(`[${Object.keys(latexOf).join("").replace("-", "")}]`, "gu");
