import * as net from "node:net";

/** How an address of the engine looks: `127.0.0.1:12345`, since SDK 3.270 also `dns:…` or `unix:…`. */
const ADDRESS = /^(?:dns:\/*)?(.+):(\d+)$/;

/** Milliseconds before a connection that was closed is made again. */
const PAUSE = 1000;

/**
 * Ends this process when its engine dies. Otherwise it would live on: the SDK reports each failed
 * call to the engine by another call to the engine, which fails, too, and so on without end.
 * Does nothing where no engine runs the program. The address is the one that the SDK's own entry
 * (`cmd/run`) leaves in the environment.
 */
export function endWithEngine(
  address = process.env["PULUMI_NODEJS_ENGINE"],
  end: () => void = () => process.kill(process.pid, "SIGKILL"),
): void {
  const [, host = "", port = ""] = ADDRESS.exec(address ?? "") ?? [];
  if (port === "") return;
  // The engine closes a connection on which nothing is said after two minutes. Only one that is
  // refused means that it is gone.
  const watch = () => {
    const socket = net.connect({ host, port: Number(port) });
    let connected = false;
    socket
      .on("connect", () => (connected = true))
      .on("error", () => undefined)
      .on("close", () => (connected ? setTimeout(watch, PAUSE).unref() : end()))
      .resume()
      .unref();
  };
  watch();
}
