import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { eventually } from './eventually.ts';

interface CustomResourceDefinition extends ObjectRef {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Applies every CRD below a folder, and waits until the API server serves them. */
export async function applyCrds(api: ApiServer, folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(({ name }) =>
    name.endsWith('.yaml'),
  );
  const applied: CustomResourceDefinition[] = [];
  for (const entry of files) {
    for (const object of loadAll(readFileSync(join(entry.parentPath, entry.name), 'utf8')) as ObjectRef[]) {
      if (object?.kind !== 'CustomResourceDefinition') continue;
      const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
      if (answer.status >= 300) throw new Error(`${entry.name}: ${messageOf(answer)}`);
      applied.push(object as CustomResourceDefinition);
    }
  }
  for (const { spec } of applied) {
    for (const { name } of spec.versions.filter(({ served }) => served)) {
      const kind = { apiVersion: `${spec.group}/${name}`, kind: spec.names.kind };
      await eventually(`the API server to serve ${kind.apiVersion} ${kind.kind}`, 30, async () => {
        // Throws until discovery lists the kind; that there is no object of that name does not matter.
        await api.get({ ...kind, metadata: { name: 'any', namespace: 'default' } });
        return true;
      });
    }
  }
}
