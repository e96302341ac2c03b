/** Is told of what owns the slots of a table before it changes. */
export interface SlotWatcher {
  /** What owns a slot is about to change or to go. */
  changing(slot: number): void;
  /** Something new has taken a slot. */
  added(slot: number): void;
}
