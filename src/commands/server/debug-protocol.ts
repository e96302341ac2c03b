import type { ReplyWriter } from "../../protocol/reply-writer.ts";
import type { CommandHandler } from "../command.ts";
import { ReplyError } from "../reply-error.ts";

/** A reply of each type, the very ones of Redis, for clients to test their decoders by. */
const SAMPLES: Readonly<Record<string, (reply: ReplyWriter) => void>> = {
  string: (reply) => reply.bulk("Hello World"),
  integer: (reply) => reply.integer(12_345),
  double: (reply) => reply.longDouble("3.141"),
  bignum: (reply) => reply.bigNumber("1234567999999999999999999999999999999"),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  set(reply) {
    reply.set(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    if (reply.version === 3) {
      reply.attribute(1);
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  },
  push(reply) {
    if (reply.version === 2) throw new ReplyError("ERR RESP2 is not supported by this command");
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  },
  verbatim: (reply) => reply.verbatim("txt", "This is a verbatim\nstring"),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

/** DEBUG PROTOCOL type */
export const debugProtocol: CommandHandler = ({ reply }, argv) => {
  const name = (argv[2] ?? "").toLowerCase();
  const write = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined;
  if (write === undefined) {
    throw new ReplyError(
      "ERR Wrong protocol type name. Please use one of the following: " +
        "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
    );
  }
  write(reply);
};
