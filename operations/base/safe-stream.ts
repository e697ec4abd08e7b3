import type { Stream } from "./context";
import { redactKnown } from "./redact";
import { terminalText } from "./terminal-text";

/** The original stream of a {@link safeStream}, for live displays. */
const BEHIND = new WeakMap<Stream, Stream>();

/** The original stream, for live displays, which clean their text themselves. */
export const screenOf = (stream: Stream): Stream => BEHIND.get(stream) ?? stream;

/** A stream for all output: cannot control the terminal, and contains no secrets of this process's environment. */
export function safeStream(stream: Stream, onWrite?: () => void): Stream {
  // The properties of the terminal are the original stream's.
  const safe = Object.create(stream) as Stream;
  safe.write = (text) => {
    onWrite?.();
    return stream.write(terminalText(redactKnown(text)));
  };
  BEHIND.set(safe, stream);
  return safe;
}
