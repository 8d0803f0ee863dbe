/** A Secret that an app needs. The cluster's backend decides how the values get there; nobody lists them twice. */
export interface SecretNeed {
  /** Suffix of the Secret's name: agent `claw` and need `matrix` make `claw-matrix`. */
  readonly name: string;
  /** Key and what it holds, in words for the person who has to supply it. */
  readonly keys: Readonly<Record<string, string>>;
}

/** One key of a Secret in the app's namespace. */
export interface SecretRef {
  readonly secret: string;
  readonly key: string;
}

/** A need with its place. */
export interface PlacedSecret extends SecretNeed {
  readonly namespace: string;
  /** Full name of the Secret. */
  readonly secretName: string;
}
