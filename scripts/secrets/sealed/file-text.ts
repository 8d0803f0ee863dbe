import { type SealingScope, scopeAnnotations } from '../../../constructs/secrets/sealing-scope.ts';
import type { SecretPlace } from '../keeper.ts';

/**
 * A SealedSecret as a file: in the form that kubeseal 0.38 writes, so that a change of a file that it made shows the
 * changed values only.
 *
 * @param sealed keys in the order in which they are written
 */
export function sealedSecretText(
  place: Omit<SecretPlace, 'path'>,
  scope: SealingScope,
  sealed: ReadonlyMap<string, string>,
): string {
  const annotations = Object.entries(scopeAnnotations(scope)).map(([name, value]) => `  ${name}: "${value}"`);
  const metadata = [
    ...(annotations.length > 0 ? ['annotations:', ...annotations] : []),
    `name: ${scalar(place.name)}`,
    `namespace: ${scalar(place.namespace)}`,
  ];
  const values = [...sealed].map(([key, value]) => `    ${scalar(key)}: ${scalar(value)}`);
  return `${[
    '---',
    'apiVersion: bitnami.com/v1alpha1',
    'kind: SealedSecret',
    'metadata:',
    ...metadata.map((line) => `  ${line}`),
    'spec:',
    ...(values.length > 0 ? ['  encryptedData:', ...values] : ['  encryptedData: {}']),
    '  template:',
    '    metadata:',
    ...metadata.map((line) => `      ${line}`),
    ...(place.type === undefined ? [] : [`    type: ${place.type}`]),
  ].join('\n')}\n`;
}

/** Words that YAML 1.1, which the readers in Go speak, takes for something other than text. */
const words = ['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', '.inf', '.nan'];

/** Text as a YAML scalar on one line; plain wherever each version of YAML reads it as text. */
function scalar(text: string): string {
  const plain = /^\.?[A-Za-z][-._A-Za-z0-9+/]*={0,2}$/.test(text) && !words.includes(text.toLowerCase());
  return plain ? text : JSON.stringify(text);
}
