import java.util.*;
import java.util.function.*;
import java.util.stream.*;

/** Compiled once to learn which classes of the compiler are worth keeping in memory. Never run. */
public class Sample {
    sealed interface Shape permits Circle, Square {}

    record Circle(double radius) implements Shape {}

    record Square(double side) implements Shape {}

    enum Colour { RED, GREEN }

    interface Greeter<T> { String greet(T name) throws Exception; }

    static <T extends Comparable<T>> T largest(Collection<? extends T> items) {
        return items.stream().max(Comparator.naturalOrder()).orElseThrow();
    }

    public static void main(String[] arguments) throws Exception {
        List<Integer> numbers = new ArrayList<>(List.of(3, 1, 2));
        Map<String, List<Integer>> groups = numbers.stream().collect(Collectors.groupingBy(n -> n % 2 == 0 ? "even" : "odd"));
        for (var entry : groups.entrySet()) System.out.printf("%s %s%n", entry.getKey(), entry.getValue());
        Shape shape = arguments.length > 0 ? new Circle(1.5) : new Square(2);
        if (shape instanceof Circle circle) System.out.println(circle.radius());
        String text = switch (Colour.RED) { case RED -> "red"; case GREEN -> "green"; };
        Greeter<String> greeter = name -> "hello " + name;
        StringBuilder builder = new StringBuilder();
        try (Scanner scanner = new Scanner("a b")) {
            while (scanner.hasNext()) builder.append(greeter.greet(scanner.next()));
        } catch (IllegalStateException error) {
            throw new RuntimeException(error);
        }
        long[] squares = IntStream.range(0, 10).mapToLong(i -> (long) i * i).toArray();
        Runnable task = new Runnable() { @Override public void run() { System.out.println(text + squares.length); } };
        Thread thread = new Thread(task);
        thread.start();
        thread.join();
        System.out.println(largest(numbers) + builder.toString() + Arrays.toString(squares));
    }
}
