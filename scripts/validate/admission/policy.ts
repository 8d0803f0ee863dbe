import type { KubeObject, Manifest } from '../../manifest/manifest.ts';
import { perKind } from '../../manifest/per-kind.ts';
import { type Fields, fields, items, text } from '../../manifest/pod-specs.ts';
import { type Expression, parseCel } from './cel.ts';
import { canSelectKind, type Subject, selects, subjectOf } from './match.ts';

/** A ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1) that the API server refuses objects by. */
export interface Policy {
  readonly name: string;
  readonly matchConstraints: unknown;
  /** `matchResources` of each binding that denies. */
  readonly bindings: readonly unknown[];
  readonly conditions: readonly Expression[];
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
}

export interface Variable {
  readonly name: string;
  readonly value: Expression;
}

export interface Validation {
  readonly holds: Expression;
  /** CEL for what is said, read only when something has to be said. */
  readonly messageExpression: string | undefined;
  /** What is said when that gives nothing. */
  readonly message: string;
}

/**
 * The policies among manifests that can be judged: with a binding that denies, and without parameters. A policy with a
 * condition or variable that cannot be read is left out whole; a validation that cannot be read, alone.
 */
export function policiesOf(manifests: readonly Manifest[]): Policy[] {
  const bindings = manifests
    .filter(({ object }) => isKind(object, 'ValidatingAdmissionPolicyBinding'))
    .map(({ object }) => fields(object.spec))
    .filter(({ paramRef, validationActions }) => paramRef === undefined && items(validationActions).includes('Deny'));
  const objects = manifests.filter(({ object }) => isKind(object, 'ValidatingAdmissionPolicy'));
  return objects.flatMap(({ object }): Policy[] => {
    const { name } = object.metadata;
    const spec = fields(object.spec);
    const own = bindings.filter(({ policyName }) => policyName === name);
    if (own.length === 0 || spec.paramKind !== undefined) return [];
    const conditions = items(spec.matchConditions).flatMap((each) => expressionOf(each) ?? []);
    const variables = items(spec.variables).flatMap(variable);
    if (conditions.length < items(spec.matchConditions).length) return [];
    if (variables.length < items(spec.variables).length) return [];
    return [
      {
        name,
        matchConstraints: spec.matchConstraints,
        bindings: own.map(({ matchResources }) => matchResources),
        conditions,
        variables,
        validations: items(spec.validations).flatMap(validation),
      },
    ];
  });
}

/** Finds the policies that may be asked about an object, by its kind alone: most kinds have none. */
export function byKind(policies: readonly Policy[]): (object: KubeObject) => readonly Policy[] {
  return perKind((object) => {
    const subject = subjectOf(object);
    return policies.filter(
      ({ matchConstraints, bindings }) =>
        canSelectKind(matchConstraints, subject) && bindings.some((binding) => canSelectKind(binding, subject)),
    );
  });
}

/** Whether the API server asks a policy about a request. */
export function isAskedAbout(policy: Policy, subject: Subject, namespaces: ReadonlyMap<string, Fields>): boolean {
  return (
    selects(policy.matchConstraints, subject, namespaces) &&
    policy.bindings.some((binding) => selects(binding, subject, namespaces))
  );
}

function isKind({ apiVersion, kind }: KubeObject, wanted: string): boolean {
  return kind === wanted && apiVersion === 'admissionregistration.k8s.io/v1';
}

function expressionOf(value: unknown): Expression | undefined {
  return parseCel(text(fields(value).expression) ?? '');
}

function variable(value: unknown): Variable[] {
  const expression = expressionOf(value);
  return expression ? [{ name: text(fields(value).name) ?? '', value: expression }] : [];
}

function validation(value: unknown): Validation[] {
  const holds = expressionOf(value);
  if (!holds) return [];
  const { expression, message, messageExpression } = fields(value);
  return [
    {
      holds,
      messageExpression: text(messageExpression),
      message: text(message)?.trim() || `failed expression: ${text(expression)?.trim()}`,
    },
  ];
}
