import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { declareExisting, type ExistingKind } from '../existing.ts';
import { factsOf } from '../facts.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import { accept } from '../problem.ts';

/** Options of an `AgentApp`. */
export type AgentAppProps<L extends PodSecurityLevel> = {
  /** The namespace that the app's objects go into; the cluster makes it. */
  readonly namespace: string;
} & ([L] extends ['restricted']
  ? {
      /** Pod Security level that the namespace enforces. @default 'restricted' */
      readonly podSecurity?: L;
    }
  : {
      /** Pod Security level that the namespace enforces; less than `restricted` has to be said. */
      readonly podSecurity: L;
    });

/** An app: a chart in one namespace, usually around one agent. Its name is a folder of `dist/<cluster>`. */
export class AgentApp<L extends PodSecurityLevel = 'restricted'> extends Chart {
  /** Pod Security level that the app's namespace enforces. */
  readonly podSecurity: L;
  declare readonly namespace: string;

  /**
   * @param scope the cluster
   * @param name lowercase letters, digits and hyphens; `cluster` and `gitops` are taken
   */
  constructor(scope: Construct, name: string, props: AgentAppProps<L>) {
    if (name === 'cluster' || name === 'gitops') {
      throw new Error(
        `app name "${name}" is taken: dist/<cluster>/${name} holds what the cluster owns. Choose another name.`,
      );
    }
    super(scope, name, { namespace: props.namespace, disableResourceNameHashes: true });
    factsOf(this);
    this.podSecurity = (props.podSecurity ?? 'restricted') as L;
  }

  /** Silences a finding's rule for this app, with the reason for reviewers. */
  accept(rule: string, options: { readonly because: string }): void {
    accept(this, rule, options);
  }

  /** Declares an object of the app's namespace that something else makes, so that references to it are right. */
  existing(kind: ExistingKind, name: string): void {
    declareExisting(this, { kind, namespace: this.namespace, name });
  }
}
