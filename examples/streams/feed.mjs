const encode = (value) => Buffer.from(JSON.stringify(value));
const decode = (bytes) => JSON.parse(bytes.toString());

/** Follow({ after }) streams { number, pod }: every message of a feed with a greater number, the missed ones first. */
export const feed = {
  Follow: {
    path: '/shop.v1.Feed/Follow',
    requestStream: false,
    responseStream: true,
    requestSerialize: encode,
    requestDeserialize: decode,
    responseSerialize: encode,
    responseDeserialize: decode,
  },
};

/** A message comes every half second, and all servers of a feed have the same ones. */
export const newest = () => Math.floor(Date.now() / 500);
