// What the engine cannot do: never a sentence, always a key of the texts and its values, since who shows it has the words.

/** @import { RefusalValues } from "./types.js" */

/** An error with a key and values; a value may be a refusal of its own, whose words then stand within. */
export class Refusal extends Error {
  /** @param {string} key @param {RefusalValues} values */
  constructor(key, values = {}) {
    super(`${key} ${JSON.stringify(values)}`);
    this.key = key;
    this.values = values;
  }
}

/** Throw a refusal. @type {(key: string, values?: RefusalValues) => never} */
export function refuse(key, values) {
  throw new Refusal(key, values);
}

/** A value as it is written in a file, so that a name stands in quotes. @type {(value: unknown) => string} */
export function written(value) {
  return String(JSON.stringify(value));
}
