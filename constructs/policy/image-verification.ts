import type { ApiObjectProps } from 'cdk8s';
import type { Reasons } from '../reason.ts';
import type { Signer } from '../signers.ts';

/** A repository, as pods name it, and those whose signature is good for it: one of them is enough. */
export interface SignedRepository {
  readonly repository: string;
  readonly signers: readonly Signer[];
}

/** The program that verifies signatures of images when a pod is made: the API server asks no registry. */
export interface ImageVerification {
  /** In one word, for messages. */
  readonly name: string;
  /** What makes the program refuse a pod in a namespace of the cluster with an image of these that nobody of them signed. */
  objects(
    repositories: readonly SignedRepository[],
  ): readonly { readonly props: ApiObjectProps; readonly reasons: () => Reasons }[];
}
