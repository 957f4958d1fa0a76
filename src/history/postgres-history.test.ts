import { testHistory } from "./conformance.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";

testHistory("postgres", () => postgresBed());
testHistory("postgres, by the staging table alone", () => postgresBed({ direct: false }));
