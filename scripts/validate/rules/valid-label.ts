import { member } from '../../manifest/json-path.ts';
import { fields, podSpecOf, text } from '../../manifest/pod-specs.ts';
import type { Rule } from '../rule.ts';

const keyName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const keyPrefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export const validLabel: Rule = {
  id: 'valid-label',
  severity: 'error',
  doc: 'Labels, selectors and annotations are ones that the API server takes.',
  check: (manifests) =>
    manifests.flatMap((manifest) => {
      const { object } = manifest;
      const template = podSpecOf(object) && object.kind !== 'Pod' ? fields(fields(object.spec).template) : {};
      const templateMetadata = fields(template.metadata);
      const selector = fields(fields(object.spec).selector);
      const maps: [string, unknown, boolean][] = [
        ['$.metadata.labels', object.metadata.labels, true],
        ['$.metadata.annotations', object.metadata.annotations, false],
        ['$.spec.template.metadata.labels', templateMetadata.labels, true],
        ['$.spec.template.metadata.annotations', templateMetadata.annotations, false],
        ['$.spec.selector.matchLabels', selector.matchLabels, true],
      ];
      return maps.flatMap(([path, map, isLabel]) =>
        Object.entries(fields(map)).flatMap(([key, value]) =>
          problemsOf(key, value, isLabel).map((message) => ({ manifest, path: member(path, key), message })),
        ),
      );
    }),
};

function problemsOf(key: string, value: unknown, isLabel: boolean): string[] {
  const what = isLabel ? 'label' : 'annotation';
  const problems: string[] = [];
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (!keyName.test(name) || (prefix !== undefined && (prefix.length > 253 || !keyPrefix.test(prefix)))) {
    problems.push(
      `${what} key "${key}" is not valid: an optional DNS name and "/", then at most 63 letters, digits, "-", "_" and "."`,
    );
  }
  const string = text(value);
  if (string === undefined) problems.push(`${what} "${key}" is not a string`);
  else if (isLabel && !labelValue.test(string)) {
    problems.push(`label "${key}": value "${string}" is not valid: at most 63 letters, digits, "-", "_" and "."`);
  }
  return problems;
}
