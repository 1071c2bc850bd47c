// The line to the server: questions and their answers over one WebSocket, found again by itself when it breaks.

import { state, t, tell } from "./dom.js";

const waiting = new Map();
const listeners = new Map();
let socket = null, next = 1, broken = 0;

/** Let a function hear a kind of report: "hello", "progress", "epoch", "state", "line". */
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, []);
  listeners.get(kind).push(listener);
}
const report = (kind, message) => (listeners.get(kind) ?? []).forEach((listener) => listener(message));

export function open() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  socket.onopen = () => socket.send(JSON.stringify({ do: "hello", session: sessionStorage.session ?? "", language: state.language }));
  socket.onmessage = (event) => received(JSON.parse(event.data));
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error("closed"));
    waiting.clear();
    report("line", { up: false });
    setTimeout(open, Math.min(5000, 250 * 2 ** broken++));
  };
}

function received(message) {
  if (message.on === "hello") {
    broken = 0;
    sessionStorage.session = message.session;
    report("line", { up: true });
  }
  const asked = waiting.get(message.id);
  if ((message.on === "done" || message.on === "refused") && asked) {
    waiting.delete(message.id);
    message.on === "done" ? asked.resolve(message) : asked.reject(new Error(message.detail));
  } else report(message.on, message);
}

/** Ask the server to do something; what it refuses is told to the person, and comes back as null. */
export async function ask(name, values = {}) {
  try {
    if (socket?.readyState !== WebSocket.OPEN) throw new Error("closed");
    return await new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ do: name, id, ...values }));
    });
  } catch (error) {
    tell(error.message === "closed" ? t("line_lost") : error.message);
    return null;
  }
}

/** Ask over plain HTTP. */
export async function post(name, values) {
  const answer = await fetch(`/api/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-language": state.language === "zh" ? "zh-CN" : "en" },
    body: JSON.stringify(values),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  return found;
}
