import { expect, test } from 'vitest';
import { folder } from '../../constructs/testing/folder.ts';
import { importedPackages } from './imports.ts';
import { packageManifest } from './manifest.ts';

const root = {
  version: '1.2.3',
  description: 'd',
  license: 'Apache-2.0',
  engines: { node: '>=24' },
  dependencies: { 'cdk8s-plus-30': '2.4.10', commander: '15.1.0', constructs: '10.8.1', picocolors: '1.1.1' },
};

const files = {
  'a.js':
    "import { join } from 'node:path';\nimport { Construct } from 'constructs';\nconst plus = createRequire(import.meta.url)('cdk8s-plus-30');\n",
  'b/c.js':
    "const { Command } = await import('commander');\nexport * from '../a.js';\nconst help = 'comes from \"Settings\"';\n",
  'b/c.d.ts': 'import type { Colors } from \'picocolors/types.js\';\nimport {\n    A,\n} from "constructs";\n',
  'd.py': "import 'not-a-package'\n",
};

test('packages are found in code and declarations, by every way of importing', () => {
  expect(Object.fromEntries(importedPackages(folder(files)))).toEqual({
    constructs: 'a.js',
    'cdk8s-plus-30': 'a.js',
    commander: 'b/c.js',
    picocolors: 'b/c.d.ts',
  });
});

test('the constructs of an app and of the library are of one copy, so they are its own to choose', () => {
  const { dependencies, peerDependencies } = packageManifest(root, importedPackages(folder(files)));
  expect(dependencies).toEqual({ 'cdk8s-plus-30': '2.4.10', commander: '15.1.0', picocolors: '1.1.1' });
  expect(peerDependencies).toEqual({ constructs: '^10.8.1' });
});

test('what only commands for a live cluster need is installed by those who run them', () => {
  const withClient = { ...root, dependencies: { ...root.dependencies, '@kubernetes/client-node': '2.0.1' } };
  const imported = importedPackages(
    folder({ ...files, 'live.js': "const client = await import('@kubernetes/client-node');\n" }),
  );
  const { dependencies, peerDependencies, peerDependenciesMeta } = packageManifest(withClient, imported);
  expect(dependencies).not.toHaveProperty('@kubernetes/client-node');
  expect(peerDependencies).toEqual({ '@kubernetes/client-node': '^2.0.1', constructs: '^10.8.1' });
  expect(peerDependenciesMeta).toEqual({ '@kubernetes/client-node': { optional: true } });
});

test('an import that is no dependency fails, and so does a dependency that nothing imports', () => {
  const imported = importedPackages(
    folder({ ...files, 'e.d.ts': "import { Pod } from '@scope/pods/v1';\n", 'b/c.js': '' }),
  );
  expect(() => packageManifest(root, imported)).toThrow(
    [
      'e.d.ts imports @scope/pods, which package.json does not have under dependencies',
      'package.json has commander under dependencies, and nothing in the package imports it',
    ].join('\n'),
  );
});
