import { watchEndpoints } from '@fairlead/discovery';

const target = `headless://${process.env.DNS}/echo.default:grpc`;
const watch = watchEndpoints(target, {
  onSet({ endpoints }) {
    console.log(`${endpoints.length} pods`);
    if (endpoints.length === 5) watch.close();
  },
});
