/// Something whose size in memory can be told, counted in rows.
protocol Costed {
    var cost: Int { get }
}

/// What was used lately, within a bound on its cost.
///
/// Two generations instead of a linked list: what is used moves to the young one, and when that is full the old one
/// goes. So the most recently used half of the bound always stays, at the price of two dictionaries.
struct RecentCache<Value: Costed> {
    private let limitOfYoung: Int
    private var young: [String: Value] = [:]
    private var old: [String: Value] = [:]
    private var youngCost = 0

    init(limit: Int) { limitOfYoung = limit / 2 }

    /// All values, in no order.
    var values: [Value] { Array(young.values) + old.values }

    func contains(_ key: String) -> Bool { young[key] != nil || old[key] != nil }

    /// Looks without using.
    subscript(key: String) -> Value? { young[key] ?? old[key] }

    mutating func insert(_ value: Value, for key: String) {
        youngCost += value.cost
        if let replaced = young.updateValue(value, forKey: key) { youngCost -= replaced.cost }
        old[key] = nil
    }

    /// Changes a value in place; does nothing if it is not here.
    mutating func update(_ key: String, _ body: (inout Value) -> Void) {
        if young[key] == nil, let value = old[key] { insert(value, for: key) }
        guard let index = young.index(forKey: key) else { return }
        youngCost -= young.values[index].cost
        body(&young.values[index])
        youngCost += young.values[index].cost
    }

    /// Lets go of what was not used lately, if there is too much. What was changed must be safe elsewhere before.
    mutating func trim() {
        guard youngCost > limitOfYoung else { return }
        old = young
        young = [:]
        youngCost = 0
    }
}
