import type { SecretFolder } from '../../agent/plan.ts';
import type { SecretRef } from '../../secrets/secret.ts';
import { secretsFolder } from './layout.ts';

/** The Secrets that a configuration names, as files: none is in the environment, and a new value counts from its next use on. */
export class SecretFiles {
  private readonly keys = new Map<string, Set<string>>();
  private readonly prefix: string;

  /** @param agent name of the agent, which begins the names of its Secrets */
  constructor(agent: string) {
    this.prefix = `${agent}-`;
  }

  /** How the configuration names a secret. */
  file({ secret, key }: SecretRef): { readonly file: string } {
    this.keys.set(secret, (this.keys.get(secret) ?? new Set()).add(key));
    return { file: `${this.folder(secret)}/${key}` };
  }

  folders(): SecretFolder[] {
    return [...this.keys].map(([secret, keys]) => ({ secret, keys: [...keys], path: this.folder(secret) }));
  }

  private folder(secret: string): string {
    return `${secretsFolder}/${secret.startsWith(this.prefix) ? secret.slice(this.prefix.length) : secret}`;
  }
}
