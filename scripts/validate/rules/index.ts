import type { Rule } from '../rule.ts';
import { admissionPolicy } from './admission-policy.ts';
import { dangerousGrant } from './dangerous-grant.ts';
import { danglingPort } from './dangling-port.ts';
import { danglingReference } from './dangling-reference.ts';
import { imageDigest } from './image-digest.ts';
import { imageReference } from './image-reference.ts';
import { offByDefault } from './off-by-default.ts';
import { plaintextSecret } from './plaintext-secret.ts';
import { uniqueNames } from './unique-names.ts';
import { validLabel } from './valid-label.ts';
import { validName } from './valid-name.ts';
import { versionFloorRule } from './version-floor.ts';

/** Every rule, in the order in which findings are shown. */
export const rules: readonly Rule[] = [
  validName,
  validLabel,
  uniqueNames,
  plaintextSecret,
  imageReference,
  danglingReference,
  danglingPort,
  admissionPolicy,
  versionFloorRule,
  imageDigest,
  dangerousGrant,
  offByDefault,
];
