import { testHistory } from "./conformance.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";

testHistory("postgres", () => postgresBed());
