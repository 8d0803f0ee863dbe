/**
 * What the API server demands of pods in the namespaces of a cluster, whoever applies them. It is data: how it becomes a
 * ValidatingAdmissionPolicy is said once, in `objects.ts`.
 *
 * The expressions are CEL. `synth` evaluates them as well, so they keep to what its library and the API server's have in
 * common: the standard functions and macros, optional fields (`a.?b.orValue(c)`), and of the string functions `contains`,
 * `endsWith`, `lastIndexOf`, `substring` and `join`. `matches` is not of them: it has another dialect on each side.
 */
export interface AdmissionPolicy {
  /** A DNS label; the objects are called `chitin-<name>`. */
  readonly name: string;
  /** What it demands, in a sentence: its description in the cluster. */
  readonly demands: string;
  /** Name to expression: what validations and later variables read as `variables.<name>`. `podSpec` is always there. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly validations: readonly [AdmissionValidation, ...AdmissionValidation[]];
}

/** One condition that a pod has to meet. */
export interface AdmissionValidation {
  /** Gives true when all is well. An error counts as a refusal, so fields that may be missing are read as optional. */
  readonly expression: string;
  /** What is wrong and what to do, on one line, when there is no `messageExpression` or it gives nothing. */
  readonly message: string;
  /** The same with the names concerned: an expression that gives one line of at most 5 KiB. */
  readonly messageExpression?: string;
}
