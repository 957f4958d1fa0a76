/** How an event of one's own is sent: for the pages that have none to show. */
import type { Value } from "../src/core/field.ts";
import type { Stream } from "../src/core/stream.ts";
import { sampleEvent } from "./sample-event.ts";

interface Props {
  stream: Stream;
  now_ms: number;
  /** Fields beside those that must be there. */
  more?: Readonly<Record<string, Value>>;
}

export const SendOne = ({ stream, now_ms, more = {} }: Props) => (
  <div class="send-one">
    <p>
      An event is sent over HTTP (ARTERIAL is this server's address), or by any producer to the topic{" "}
      <code>{stream.topic}</code>:
    </p>
    <pre tabindex={0} role="region" aria-label="Command that sends an event">
      {`curl $ARTERIAL/api/ingest/${stream.name} -H 'content-type: application/json' \\
  -d '${JSON.stringify(sampleEvent(stream, now_ms, more))}'`}
    </pre>
  </div>
);
