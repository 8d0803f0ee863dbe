import type { YamlScalar } from './yaml-tree.ts';

/**
 * What a scalar that is not encrypted adds to the MAC: `ToBytes` of sops 3.13 (`sops.go`) over what go-yaml v3 makes of it
 * (`resolve.go`). undefined for null, which adds nothing.
 *
 * @throws Error for numbers and dates in a form that sops would hash in another one. The message does not quote them.
 */
export function clearBytes({ value, style }: YamlScalar): string | undefined {
  if (style !== 'plain') return value;
  if (/^(?:~|null|Null|NULL|)$/.test(value)) return undefined;
  if (/^(?:true|True|TRUE)$/.test(value)) return 'True';
  if (/^(?:false|False|FALSE)$/.test(value)) return 'False';
  // Both sides write these as they stand.
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(value) || /^-?(?:0|[1-9]\d{0,7})\.\d{0,6}[1-9]$/.test(value)) return value;
  if (number.test(value) || date.test(value)) throw new Error('a number or a date stands there without quotes');
  return value;
}

const number = /^[-+]?(?:\.inf|\.nan|0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|\d[\d_]*|(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?)$/i;

const date = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/;
