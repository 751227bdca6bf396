/// Every area of the API, in the order they are registered.
let routeAreas: [any RouteArea.Type] = [
]
