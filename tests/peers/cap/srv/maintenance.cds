// A small plant: what a maintenance program reads from SAP and writes back.
namespace plant;

entity Equipment {
  key ID          : String(18);
      description : String(80);
      plant       : String(4);
      status      : String(4) default 'OPER';
}

entity WorkOrders {
  key ID          : UUID;
      equipment   : Association to Equipment;
      shortText   : String(80);
      priority    : Integer default 3;
}

@path    : 'maintenance'
@requires: 'authenticated-user'
service MaintenanceService {
  entity Equipment  as projection on plant.Equipment;
  entity WorkOrders as projection on plant.WorkOrders;
}

// Needs a role beside the sign-in: without it the answer is 403, which is no dead password.
@path    : 'restricted'
@requires: 'Maintenance'
service RestrictedService {
  @readonly entity Equipment as projection on plant.Equipment;
}

// What /sap/bc/ping of an SAP system does: any signed-in user gets an empty 200.
@path    : 'ping'
@impl    : './ping.js'
@requires: 'authenticated-user'
service PingService {
  function ping() returns String;
}
