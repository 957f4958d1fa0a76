/** Tasks by time; those of equal time in the order that chance gave them. */
import type { Process } from "./world.ts";

export interface Task {
  at: number;
  tie: number;
  run: () => void;
  where: Process;
  /** Taken back: it does not run. */
  over: boolean;
}

export class TaskHeap {
  readonly #tasks: Task[] = [];

  get least(): number | null {
    return this.#tasks[0]?.at ?? null;
  }

  push(task: Task): void {
    const tasks = this.#tasks;
    let n = tasks.push(task) - 1;
    while (n > 0) {
      const up = (n - 1) >> 1;
      if (isBefore(tasks[up]!, task)) break;
      tasks[n] = tasks[up]!;
      n = up;
    }
    tasks[n] = task;
  }

  pop(): Task {
    const tasks = this.#tasks;
    const first = tasks[0];
    const last = tasks.pop();
    if (first === undefined || last === undefined) throw new RangeError("There is no task");
    if (tasks.length === 0) return first;
    let n = 0;
    for (;;) {
      let down = 2 * n + 1;
      if (down >= tasks.length) break;
      if (down + 1 < tasks.length && isBefore(tasks[down + 1]!, tasks[down]!)) down++;
      if (isBefore(last, tasks[down]!)) break;
      tasks[n] = tasks[down]!;
      n = down;
    }
    tasks[n] = last;
    return first;
  }
}

const isBefore = (a: Task, b: Task): boolean => (a.at !== b.at ? a.at < b.at : a.tie < b.tie);
