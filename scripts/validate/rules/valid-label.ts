import { member } from '../../manifest/json-path.ts';
import { type Fields, fields, podSpecOf, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';

const keyName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const keyPrefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export const validLabel: Rule = {
  id: 'valid-label',
  severity: 'error',
  doc: 'Labels, selectors and annotations are ones that the API server takes.',
  check: (manifests) => {
    const violations: Violation[] = [];
    for (const manifest of manifests) {
      const { object } = manifest;
      const look = (path: string, map: Fields, isLabel: boolean) => {
        for (const key in map) {
          for (const message of problemsOf(key, map[key], isLabel))
            violations.push({ manifest, path: member(path, key), message });
        }
      };
      look('$.metadata.labels', fields(object.metadata.labels), true);
      look('$.metadata.annotations', fields(object.metadata.annotations), false);
      if (podSpecOf(object) && object.kind !== 'Pod') {
        const template = fields(fields(fields(object.spec).template).metadata);
        look('$.spec.template.metadata.labels', fields(template.labels), true);
        look('$.spec.template.metadata.annotations', fields(template.annotations), false);
      }
      look('$.spec.selector.matchLabels', fields(fields(fields(object.spec).selector).matchLabels), true);
    }
    return violations;
  },
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
