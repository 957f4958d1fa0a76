-- What tells this installation from every other: the salt that personal fields are hashed with. Two UUIDs, 244 random bits.
create table installation (
  one boolean primary key default true check (one),
  salt text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
insert into installation default values;
