/** The model's error: the code alone, which is what every backend has to agree on. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Refuses with this code where the condition holds. */
export function refuseIf(condition: boolean, code: string): void {
  if (condition) throw new Refusal(code);
}
